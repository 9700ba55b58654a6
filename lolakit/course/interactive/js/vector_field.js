const sigmoid = (x) => 1 / (1 + Math.exp(-x));

figure("vector_field", (data, {parts, controls, set, write, later}) => {
  const [a, b, c, d] = data.square;
  // The rule of both players at (p_1, p_2), with the lookahead of each: the paper's LOLA.
  const rule = ([r1, r2], p1, p2, eta1, eta2) => {
    const by1 = (r) => (r[0] - r[2]) * p2 + (r[1] - r[3]) * (1 - p2);
    const by2 = (r) => (r[0] - r[1]) * p1 + (r[2] - r[3]) * (1 - p1);
    const mixed = (r) => r[0] - r[1] - r[2] + r[3];
    const s1 = p1 * (1 - p1), s2 = p2 * (1 - p2);
    return [s1 * (by1(r1) + eta1 * s2 * s2 * mixed(r2) * by2(r1)),
      s2 * (by2(r2) + eta2 * s1 * s1 * mixed(r1) * by1(r2))];
  };
  const run = (game, start, eta1, eta2) => {
    let [t1, t2] = start.map((p) => Math.log(p / (1 - p)));
    const way = [start];
    for (let k = 0; k < data.steps; k++) {
      const [f1, f2] = rule(game, ...way[k], eta1, eta2);
      t1 += f1;
      t2 += f2;
      way.push([sigmoid(t1), sigmoid(t2)]);
    }
    return way;
  };
  const field = (game, eta1, eta2) => data.grid.flatMap((p1) => data.grid.map((p2) => {
    const [f1, f2] = rule(game, p1, p2, eta1, eta2);
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
  const place = ([p1, p2]) => ({cx: (a + b * p1).toFixed(1), cy: (c + d * p2).toFixed(1)});

  // Dragging the start: the sliders follow the pointer, and the picture follows the sliders.
  for (const name of ["start naive", "start LOLA"]) {
    const svg = parts[name].ownerSVGElement;
    const follow = (event) => {
      const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
      controls["p 1"].value = ((event.clientX - box.left) * scale - a) / b;
      controls["p 2"].value = ((event.clientY - box.top) * scale - c) / d;
      later("p 1");
    };
    parts[name].addEventListener("pointerdown", (event) => {
      event.preventDefault();
      parts[name].setPointerCapture(event.pointerId);
      parts[name].addEventListener("pointermove", follow);
    });
    const drop = () => parts[name].removeEventListener("pointermove", follow);
    for (const end of ["pointerup", "pointercancel"]) parts[name].addEventListener(end, drop);
  }

  return {
    compute(s) {
      const game = data.games[s.game], start = [s["p 1"], s["p 2"]];
      const etas = {naive: [0, 0], LOLA: [s.lookahead, s.other === "LOLA" ? s.lookahead : 0]};
      return Object.fromEntries(Object.entries(etas).map(([name, eta]) =>
        [name, {field: field(game, ...eta), way: run(game, start, ...eta)}]));
    },
    draw(s, numbers) {
      for (const name in numbers) {
        const {field, way} = numbers[name];
        set(`arrows ${name}`, {d: arrows(field)});
        set(`way ${name}`, {points: way.map(([p1, p2]) =>
          `${(a + b * p1).toFixed(1)},${(c + d * p2).toFixed(1)}`).join(" ")});
        set(`end ${name}`, place(way[way.length - 1]));
        set(`start ${name}`, place(way[0]));
      }
      write("title LOLA", `LOLA meets ${s.other === "LOLA" ? "LOLA" : "a naive learner"}`);
    },
    says(s, numbers) {
      const where = Object.entries(numbers).map(([name, {way}]) =>
        `${name} at (${way[way.length - 1].map((p) => fmt(p)).join(", ")})`);
      return `After ${data.steps} steps: ${where.join("; ")}.`;
    },
  };
});
