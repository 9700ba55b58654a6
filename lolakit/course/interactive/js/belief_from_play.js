figure("belief_from_play", (data, {write, rise}) => ({
  // How often C and D were seen in each state, and what the model makes of it.
  compute(s) {
    const {states, actions} = data.games[s.who], n = data.names.map(() => [0, 0]);
    for (let t = 0; t < data.stops[s.step]; t++) n[states[t]][actions[t]] += 1;
    return {n, p: n.map(([C, D]) => (C + s.prior) / (C + D + 2 * s.prior))};
  },
  draw(s, {n, p}) {
    p.forEach((x, state) => {
      rise(`bar ${state}`, data.bars, x);
      ["C", "D"].forEach((action, i) => write(`said ${action} ${state}`, `${n[state][i]} ${action}`));
    });
  },
  says(s, {p}) {
    const each = p.map((x, i) => `${fmt(x)} ${i === 0 ? "at the start" : "after " + data.names[i]}`);
    return `After ${data.stops[s.step]} rounds it believes: ${each.join(", ")}.`;
  },
}));
