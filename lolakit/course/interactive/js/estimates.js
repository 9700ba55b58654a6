figure("estimates", (data, {set}) => ({
  // The estimates from so many games, and their standard deviations: the library sampled them.
  compute(s) {
    return {means: data.means[s.batch], spreads: data.spreads[s.batch]};
  },
  draw(s, {means}) {
    data.panels.forEach(({at: [a, b, c, d], ends: [low, high]}, part) => {
      means.forEach((parts, row) => {
        set(`strip ${part} ${row}`, {d: parts[part].map((x, i) => {
          const y = 2 - row + 0.12 * (i % 4 - 1.5), inside = Math.min(Math.max(x, low), high);
          return `M${(a + b * inside).toFixed(1)} ${(c + d * y).toFixed(1)}h0`;
        }).join("")});
      });
    });
  },
  says(s, {spreads}) {
    const of = (part) => data.names.map((name, row) => `${fmt(spreads[row][part])} (${name})`).join(", ");
    return `${data.batches[s.batch]} games: standard deviation of the first ${of(0)}; of the second ${of(1)}.`;
  },
}));
