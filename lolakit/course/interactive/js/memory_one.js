// x solves A x = b, by elimination without pivoting: A is diagonally dominant by columns.
const solve = (A, b) => {
  for (let k = 0; k < 4; k++) {
    for (let i = k + 1; i < 4; i++) {
      const ratio = A[i][k] / A[k][k];
      for (let j = k; j < 4; j++) A[i][j] -= ratio * A[k][j];
      b[i] -= ratio * b[k];
    }
  }
  for (let i = 3; i >= 0; i--) {
    for (let j = i + 1; j < 4; j++) b[i] -= A[i][j] * b[j];
    b[i] /= A[i][i];
  }
  return b;
};

figure("memory_one", (data, {controls, set, write, move}) => {
  const inside = (p) => Math.min(Math.max(p, data.edge), 1 - data.edge);
  const policy = (s, player) => [0, 1, 2, 3, 4].map((i) => s[`p ${player} ${i}`]);
  return {
    // How often CC, CD, DC, DD come up, and what both earn per step.
    compute(s) {
      const {r} = data.games[s.game], gamma = s.gamma;
      const x = policy(s, 1).map(inside), other = policy(s, 2).map(inside);
      const y = [0, 1, 3, 2, 4].map((i) => other[i]);
      const joint = x.map((p, i) => [p * y[i], p * (1 - y[i]), (1 - p) * y[i], (1 - p) * (1 - y[i])]);
      const p0 = joint[0], P = joint.slice(1);
      const A = p0.map((_, i) => p0.map((_, j) => (i === j) - gamma * P[j][i]));
      const share = solve(A, [...p0]).map((d) => (1 - gamma) * d);
      return {share, R: r.map((row) => row.reduce((sum, x, i) => sum + x * share[i], 0))};
    },
    // A name sets the sliders; a slider takes the name away.
    changed(name) {
      const [kind, player] = name.split(" "), menu = controls[`policy ${player}`];
      if (kind === "p") menu.value = "";
      if (kind === "policy" && menu.value) {
        data.policies[menu.value].forEach((p, i) => { controls[`p ${player} ${i}`].value = p; });
      }
    },
    draw(s, {share, R}) {
      for (const name in data.games) {
        set(`plane ${name}`, {display: name === s.game ? "inline" : "none"});
      }
      move("point", data.games[s.game].plane, R);
      share.forEach((x, i) => {
        set(`share ${i}`, {width: (data.wide * x).toFixed(1)});
        write(`said ${i}`, fmt(x));
      });
    },
    says(s, {share, R}) {
      const rounded = share.map((x) => Math.round(1e9 * x));
      const most = rounded.indexOf(Math.max(...rounded));
      return `Player 1 earns ${fmt(R[0], 3)} per step, player 2 ${fmt(R[1], 3)}. `
        + `Most common: ${data.states[most]}, in ${fmt(100 * share[most], 0)} % of the rounds.`;
    },
  };
});
