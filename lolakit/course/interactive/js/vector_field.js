figure("vector_field", (data, {set, write, move, trace, drag}) => {
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
  for (const name of ["naive", "LOLA"]) drag(`handle ${name}`, data.square);

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
        set(`arrows ${name}`, {d: arrows(data.square, data.grid, data.arrow, field)});
        trace(`way ${name}`, data.square, way);
        move(`end ${name}`, data.square, way[way.length - 1]);
        for (const part of ["start", "handle"]) move(`${part} ${name}`, data.square, way[0]);
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
