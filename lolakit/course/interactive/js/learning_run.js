figure("learning_run", (data, {set}) => {
  const [a, b, c, d] = data.plane, [, , low, tall] = data.bars;
  const place = ([x, y]) => [(a + b * x).toFixed(1), (c + d * y).toFixed(1)];
  return {
    // Both policies and both values after the step: the library computed them.
    compute(s) {
      const run = data.runs[s.run || data.first];
      return {p: run.p.map((player) => player[s.step]), R: run.R[s.step],
        way: run.R.slice(0, s.step + 1)};
    },
    draw(s, {p, R, way}) {
      p.forEach((player, i) => player.forEach((x, state) => {
        set(`bar ${i} ${state}`, {y: (low + tall * x).toFixed(1), height: (-tall * x).toFixed(1)});
      }));
      const [cx, cy] = place(R);
      set("point", {cx, cy});
      set("trail", {points: way.map((one) => place(one).join(",")).join(" ")});
    },
    says(s, {R}) {
      const [one, two] = data.players;
      return `${data.step} ${data.stops[s.step]}: ${one} earns ${fmt(R[0])} per step, ${two} ${fmt(R[1])}.`;
    },
  };
});
