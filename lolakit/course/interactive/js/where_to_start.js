figure("where_to_start", (data, {set}) => {
  const [a, b, c, d] = data.plane, [, , low, tall] = data.bars;
  const place = ([x, y]) => [(a + b * x).toFixed(1), (c + d * y).toFixed(1)];
  return {
    // Both policies, both values and the mean so far after the step: the library computed them.
    compute(s) {
      const run = data.runs[s.start][s.other];
      return {p: run.p.map((player) => player[s.step]), R: run.R[s.step],
        mean: run.mean[s.step], way: run.R.slice(0, s.step + 1)};
    },
    draw(s, {p, R, way}) {
      p.forEach((player, i) => player.forEach((x, state) => {
        set(`bar ${i} ${state}`, {y: (low + tall * x).toFixed(1), height: (-tall * x).toFixed(1)});
      }));
      const [cx, cy] = place(R);
      set("point", {cx, cy});
      set("trail", {points: way.map((one) => place(one).join(",")).join(" ")});
    },
    says(s, {R, mean}) {
      const step = data.stops[s.step];
      const words = `Step ${step}: player 1 earns ${fmt(R[0])} per step, player 2 ${fmt(R[1])}.`;
      return step === 0 ? `${words} Nobody has learned yet.`
        : `${words} The mean of player 1 over the steps so far is ${fmt(mean)}.`;
    },
  };
});
