figure("meetings", (data, {set}) => {
  const [a, b, c, d] = data.plane;
  const place = ([x, y]) => [(a + b * x).toFixed(1), (c + d * y).toFixed(1)];
  return {
    // What both earn at the step, and the way there: the library played it.
    compute(s) {
      const run = data.runs[s.one][s.two];
      return {R: run[s.step], way: run.slice(0, s.step + 1)};
    },
    draw(s, {R, way}) {
      const [cx, cy] = place(R);
      set("point", {cx, cy});
      set("trail", {points: way.map((one) => place(one).join(",")).join(" ")});
    },
    says(s, {R}) {
      return `Episode ${data.stops[s.step]}: ${s.one} earns ${fmt(R[0])} per round, ${s.two} ${fmt(R[1])}.`;
    },
  };
});
