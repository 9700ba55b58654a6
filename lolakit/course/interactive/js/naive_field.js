figure("naive_field", (data, {parts, controls, set, later}) => {
  const [a, b, c, d] = data.square;
  const earned = (game, [p1, p2]) => game.r.map((r) =>
    p1 * (r[0] * p2 + r[1] * (1 - p2)) + (1 - p1) * (r[2] * p2 + r[3] * (1 - p2)));
  // The naive rule of both players: p (1 - p) times the slope of the own value.
  const rule = ({r: [r1, r2]}, [p1, p2]) => [
    p1 * (1 - p1) * ((r1[0] - r1[2]) * p2 + (r1[1] - r1[3]) * (1 - p2)),
    p2 * (1 - p2) * ((r2[0] - r2[1]) * p1 + (r2[2] - r2[3]) * (1 - p1))];
  const run = (game, start) => {
    const theta = start.map((p) => Math.log(p / (1 - p))), way = [start];
    for (let k = 0; k < data.steps; k++) {
      rule(game, way[k]).forEach((f, i) => { theta[i] += f; });
      way.push(theta.map((x) => 1 / (1 + Math.exp(-x))));
    }
    return way;
  };
  const field = (game) => data.grid.flatMap((p1) => data.grid.map((p2) => {
    const [f1, f2] = rule(game, [p1, p2]);
    return [p1 * (1 - p1) * f1, p2 * (1 - p2) * f2];
  }));
  const arrows = (velocity) => {
    const most = Math.max(...velocity.map((v) => Math.hypot(...v))) || 1;
    return velocity.map(([u, v], i) => {
      const x = a + b * data.grid[Math.floor(i / data.grid.length)];
      const y = c + d * data.grid[i % data.grid.length];
      const speed = Math.hypot(u, v), n = data.arrow * Math.sqrt(speed / most);
      const ex = u / (speed || 1), ey = -v / (speed || 1), head = 0.3 * n;
      const tip = [x + ex * n / 2, y + ey * n / 2];
      const side = (s) => [tip[0] - head * (ex - s * 0.6 * ey), tip[1] - head * (ey + s * 0.6 * ex)];
      const at = (point) => point.map((z) => z.toFixed(1)).join(" ");
      return `M${at([x - ex * n / 2, y - ey * n / 2])}L${at(tip)}`
        + `M${at(side(1))}L${at(tip)}L${at(side(-1))}`;
    }).join("");
  };
  const place = ([A, B, C, D], [x, y]) => [(A + B * x).toFixed(1), (C + D * y).toFixed(1)];
  const points = (panel, pairs) => pairs.map((pair) => place(panel, pair).join(",")).join(" ");
  const move = (part, panel, pair) => {
    const [cx, cy] = place(panel, pair);
    set(part, {cx, cy});
  };

  // Dragging the start, or a click elsewhere: the sliders follow, and the picture follows them.
  const handle = parts["start handle"], svg = handle.ownerSVGElement;
  const follow = (event) => {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    controls["p 1"].value = ((event.clientX - box.left) * scale - a) / b;
    controls["p 2"].value = ((event.clientY - box.top) * scale - c) / d;
    later("p 1");
  };
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener("pointermove", follow);
  });
  const drop = () => handle.removeEventListener("pointermove", follow);
  for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, drop);
  svg.addEventListener("click", (event) => { if (event.target !== handle) follow(event); });

  let shown = "";  // the game whose arrows and axes are drawn
  return {
    compute(s) {
      const game = data.games[s.game], way = run(game, [s["p 1"], s["p 2"]]);
      return {field: field(game), way, R: way.map((p) => earned(game, p))};
    },
    draw(s, numbers) {
      const way = numbers.way.slice(0, s.step + 1), R = numbers.R.slice(0, s.step + 1);
      const panel = data.games[s.game].curves;
      set("way", {points: points(data.square, way)});
      move("now", data.square, way[s.step]);
      for (const part of ["start", "start handle"]) move(part, data.square, way[0]);
      if (shown !== s.game) {
        shown = s.game;
        set("arrows", {d: arrows(numbers.field)});
        for (const name in data.games) {
          set(`axes ${name}`, {display: name === shown ? "inline" : "none"});
        }
      }
      for (const i of [0, 1]) {
        set(`curve ${i}`, {points: points(panel, R.map((both, k) => [k, both[i]]))});
        move(`end ${i}`, panel, [s.step, R[s.step][i]]);
      }
    },
    says(s, {way, R}) {
      const [one, two] = way[s.step].map((p) => fmt(p)), [R1, R2] = R[s.step].map((x) => fmt(x));
      return `Update ${s.step}: the probabilities are ${one} and ${two}. `
        + `Player 1 earns ${R1} per step, player 2 ${R2}.`;
    },
  };
});
