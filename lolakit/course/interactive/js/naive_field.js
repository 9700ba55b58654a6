figure("naive_field", (data, {set, move, trace, drag}) => {
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
      way.push(theta.map(sigmoid));
    }
    return way;
  };
  const field = (game) => data.grid.flatMap((p1) => data.grid.map((p2) => {
    const [f1, f2] = rule(game, [p1, p2]);
    return [p1 * (1 - p1) * f1, p2 * (1 - p2) * f2];
  }));
  drag("handle", data.square);

  let shown = "";  // the game whose arrows and axes are drawn
  return {
    compute(s) {
      const game = data.games[s.game], way = run(game, [s["p 1"], s["p 2"]]);
      return {field: field(game), way, R: way.map((p) => earned(game, p))};
    },
    draw(s, numbers) {
      const way = numbers.way.slice(0, s.step + 1), R = numbers.R.slice(0, s.step + 1);
      const panel = data.games[s.game].curves;
      trace("way", data.square, way);
      move("now", data.square, way[s.step]);
      for (const part of ["start", "handle"]) move(part, data.square, way[0]);
      if (shown !== s.game) {
        shown = s.game;
        set("arrows", {d: arrows(data.square, data.grid, data.arrow, numbers.field)});
        for (const name in data.games) {
          set(`axes ${name}`, {display: name === shown ? "inline" : "none"});
        }
      }
      for (const i of [0, 1]) {
        trace(`curve ${i}`, panel, R.map((both, k) => [k, both[i]]));
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
