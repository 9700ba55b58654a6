figure("where_to_start", (data, {move, trace, rise}) => ({
  // Both policies, both values and the mean so far after the step: the library computed them.
  compute(s) {
    const run = data.runs[s.start][s.other];
    return {p: run.p.map((player) => player[s.step]), R: run.R[s.step],
      mean: run.mean[s.step], way: run.R.slice(0, s.step + 1)};
  },
  draw(s, {p, R, way}) {
    p.forEach((player, i) => player.forEach((x, state) => rise(`bar ${i} ${state}`, data.bars, x)));
    move("point", data.plane, R);
    trace("trail", data.plane, way);
  },
  says(s, {R, mean}) {
    const step = data.stops[s.step];
    const words = `Step ${step}: player 1 earns ${fmt(R[0])} per step, player 2 ${fmt(R[1])}.`;
    return step === 0 ? `${words} Nobody has learned yet.`
      : `${words} The mean of player 1 over the steps so far is ${fmt(mean)}.`;
  },
}));
