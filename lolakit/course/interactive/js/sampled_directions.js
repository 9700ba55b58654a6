figure("sampled_directions", (data, {set}) => ({
  // The estimates from so many games, and how far they are off: the library sampled them.
  compute(s) {
    return {ends: data.ends[s.batch], off: data.off[s.batch]};
  },
  draw(s, {ends}) {
    data.panels.forEach(({at: [a, b, c, d], edge}, row) => {
      const zero = `M${a.toFixed(1)} ${c.toFixed(1)}`;
      set(`fan ${row}`, {d: ends[row].map(([x, y]) => {
        const cut = Math.max(Math.abs(x) / edge, Math.abs(y) / edge, 1);
        return `${zero}L${(a + b * x / cut).toFixed(1)} ${(c + d * y / cut).toFixed(1)}`;
      }).join("")});
    });
  },
  says(s, {off: [naive, shaped]}) {
    return `${data.batches[s.batch]} games: half of the naive estimates point within `
      + `${fmt(naive, 0)}\u00b0 of the exact update, half of LOLA's within ${fmt(shaped, 0)}\u00b0.`;
  },
}));
