figure("meetings", (data, {move, trace}) => ({
  // What both earn at the step, and the way there: the library played it.
  compute(s) {
    const run = data.runs[s.one][s.two];
    return {R: run[s.step], way: run.slice(0, s.step + 1)};
  },
  draw(s, {R, way}) {
    move("point", data.plane, R);
    trace("trail", data.plane, way);
  },
  says(s, {R}) {
    return `Episode ${data.stops[s.step]}: ${s.one} earns ${fmt(R[0])} per round, ${s.two} ${fmt(R[1])}.`;
  },
}));
