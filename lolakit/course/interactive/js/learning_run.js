figure("learning_run", (data, {move, trace, rise}) => ({
  // Both policies and both values after the step: the library computed them.
  compute(s) {
    const run = data.runs[s.run || data.first];
    return {p: run.p.map((player) => player[s.step]), R: run.R[s.step],
      way: run.R.slice(0, s.step + 1)};
  },
  draw(s, {p, R, way}) {
    p.forEach((player, i) => player.forEach((x, state) => rise(`bar ${i} ${state}`, data.bars, x)));
    move("point", data.plane, R);
    trace("trail", data.plane, way);
  },
  says(s, {R}) {
    const [one, two] = data.players;
    return `${data.step} ${data.stops[s.step]}: ${one} earns ${fmt(R[0])} per step, ${two} ${fmt(R[1])}.`;
  },
}));
