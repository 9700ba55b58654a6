const dot = (x, y) => x.reduce((sum, one, i) => sum + one * y[i], 0);
// States are start, CC, CD, DC, DD, each from the owner's own seat: the other's CD is my DC.
const SEAT = [0, 2, 1, 3];

// Solves A x = y for every column y, by elimination with pivots.
function solve(A, ys) {
  const n = A.length, M = A.map((row, i) => [...row, ...ys.map((y) => y[i])]);
  for (let k = 0; k < n; k++) {
    let top = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(M[i][k]) > Math.abs(M[top][k])) top = i;
    [M[k], M[top]] = [M[top], M[k]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const f = M[i][k] / M[k][k];
      for (let j = k; j < M[i].length; j++) M[i][j] -= f * M[k][j];
    }
  }
  return ys.map((_, j) => M.map((row, i) => row[n + j] / row[i]));
}

// Both players' exact values and their derivatives by the logits, `own` and `other` in their
// own seats. V = p0' u with u = (I - gamma P)^-1 r, so dV/dx = d' (dP/dx) u gamma + (dp0/dx)' u
// with d' = p0' (I - gamma P)^-1. A row of P holds p q, p (1 - q), (1 - p) q, (1 - p)(1 - q).
function values(own, other, payoff, gamma) {
  const p = own.map(sigmoid), q = [other[0], ...SEAT.map((s) => other[s + 1])].map(sigmoid);
  const row = (a, b) => [a * b, a * (1 - b), (1 - a) * b, (1 - a) * (1 - b)];
  const rows = p.map((a, s) => row(a, q[s])), [p0, ...P] = rows;
  const I = (s, t) => (s === t ? 1 : 0);
  const A = P.map((r, s) => r.map((x, t) => I(s, t) - gamma * x));
  const AT = A.map((_, t) => A.map((r) => r[t]));
  const u = solve(A, payoff.map((r) => r.flat())), [d] = solve(AT, [p0]);
  const weight = [1, ...d.map((x) => gamma * x)];
  const slope = p.map((a) => a * (1 - a)), slope2 = q.map((b) => b * (1 - b));
  // rows' derivatives: by my probability, by the other's, by both
  const by1 = (s) => [q[s], 1 - q[s], -q[s], q[s] - 1];
  const by2 = (s) => [p[s], -p[s], 1 - p[s], p[s] - 1];
  const mixed = [1, -1, -1, 1];
  const mine = (k) => p.map((_, s) => slope[s] * weight[s] * dot(by1(s), u[k]));
  const theirs = (k) => p.map((_, s) => slope2[s] * weight[s] * dot(by2(s), u[k]));
  // How my gradient of V_k changes as the other moves along v (in this seat's order).
  const turned = (k, v) => {
    const P_v = p.map((_, s) => by2(s).map((x) => x * slope2[s] * v[s]));
    const [u_v] = solve(A, [P_v.slice(1).map((r) => gamma * dot(r, u[k]))]);
    const pushed = P_v[0].map((x, t) => x + gamma * d.reduce((sum, e, s) => sum + e * P_v[s + 1][t], 0));
    const w_v = [0, ...solve(AT, [pushed])[0].map((x) => gamma * x)];
    return p.map((_, s) => slope[s] * (w_v[s] * dot(by1(s), u[k]) + weight[s]
      * (slope2[s] * v[s] * dot(mixed, u[k]) + dot(by1(s), u_v))));
  };
  return {V: u.map((x) => dot(p0, x)), mine, theirs, turned};
}

figure("twenty_rounds", (data, {parts, controls, set, write, move, trace, later}) => {
  const names = Object.keys(data.opponents);
  const actor = Object.fromEntries(Object.entries(data.actor).map(([name, kept]) => {
    const view = new DataView(bytes(kept.data).buffer);
    const flat = Array.from({length: view.byteLength / 2}, (_, i) => kept.scale * view.getInt16(2 * i, true));
    const [n, m] = kept.shape;
    return [name, m ? Array.from({length: n}, (_, i) => flat.slice(m * i, m * i + m)) : flat];
  }));
  // Mean and variance of M-FOS' next five logits: W2 tanh(W1 s + b1) + b2.
  const gaussian = (own, other) => {
    const s = [...own, ...other].map(sigmoid);
    const h = actor.W1.map((w, i) => Math.tanh(dot(w, s) + actor.b1[i]));
    const out = actor.W2.map((w, i) => dot(w, h) + actor.b2[i]);
    return [out.slice(0, 5), out.slice(5).map((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))))];
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const direction = (name, own, other) => {
    const {mine, theirs, turned} = values(own, other, data.payoff, data.gamma);
    if (name === "naive") return mine(0);
    const shaping = turned(1, theirs(0));
    return mine(0).map((x, s) => x + data.lookahead * shaping[s]);
  };
  const update = (name, own, other) => {
    if (name !== "M-FOS") return direction(name, own, other).map((x, s) => own[s] + data.step * x);
    const [mean, variance] = gaussian(own, other);
    return mean.map((x, s) => x + Math.sqrt(variance[s]) * normal());
  };
  const fresh = () => ({own: [0, 0, 0, 0, 0], seen: Array.from({length: 5}, () => [data.prior, data.prior]),
    yours: 0, moves: [], sums: [[0, 0]]});
  const games = Object.fromEntries(names.map((name) => [name, fresh()]));
  const estimate = (game) => game.seen.map(([C, D]) => Math.log(C) - Math.log(D));

  // One round: the opponent's move is drawn before it sees yours; then it counts and learns.
  const round = (name, you) => {
    const game = games[name], mirrored = game.yours === 2 ? 3 : game.yours === 3 ? 2 : game.yours;
    const it = Math.random() < sigmoid(game.own[mirrored]) ? 0 : 1;
    const last = game.sums[game.sums.length - 1];
    game.seen[game.yours][you] += 1;
    game.yours = 1 + 2 * you + it;
    game.moves.push([you, it]);
    game.sums.push([0, 1].map((k) => last[k] + data.payoff[k][you][it]));
    game.own = update(name, game.own, estimate(game));
  };
  const press = (you) => {
    const name = controls.opponent.value;
    if (games[name].moves.length < data.rounds) round(name, you);
    later(you ? "D" : "C");
  };
  parts.C.addEventListener("click", () => press(0));
  parts.D.addEventListener("click", () => press(1));
  parts.again.addEventListener("click", () => {
    games[controls.opponent.value] = fresh();
    later("again");
  });

  const mean = (game, n) => game.sums[n].map((x) => x / n);
  return {
    games, update, direction, gaussian, round, estimate,
    values: (own, other) => {
      const found = values(own, other, data.payoff, data.gamma);
      return {V: found.V, mine: found.mine(0), theirs: found.theirs(0)};
    },
    compute: (s) => ({game: games[s.opponent], n: games[s.opponent].moves.length}),
    draw(s, {game, n}) {
      for (const name of names) {
        const one = games[name], t = one.moves.length;
        const way = one.moves.map((_, i) => mean(one, i + 1));
        const seen = t ? "visible" : "hidden";
        trace(`way ${name}`, data.plane, way);
        set(`end ${name}`, {visibility: seen});
        set(`name ${name}`, {visibility: seen});
        if (!t) continue;
        const [cx, cy] = place(data.plane, way[t - 1]), left = cx > 200;
        move(`end ${name}`, data.plane, way[t - 1]);
        set(`name ${name}`, {x: Number(cx) + (left ? -11 : 11), y: Number(cy) + 4,
          "text-anchor": left ? "end" : "start"});
      }
      for (let k = 0; k < data.rounds; k++) {
        for (const row of [0, 1]) {
          const move = k < n ? game.moves[k][row] : -1;
          set(`cell ${row} ${k}`, {fill: move < 0 ? "none" : data.colours[move]});
          write(`move ${row} ${k}`, move < 0 ? "" : "CD"[move]);
        }
      }
      for (const name of ["C", "D"]) parts[name].disabled = n === data.rounds;
    },
    says(s, {game, n}) {
      const who = data.opponents[s.opponent];
      if (!n) return `Round 1 of ${data.rounds} against ${who}. Cooperate or defect?`;
      const verb = (move) => (move ? "defect" : "cooperate"), [you, it] = game.moves[n - 1];
      const [R1, R2] = mean(game, n).map((x) => fmt(x));
      const now = `you earn ${R1} a round, it ${R2}.`;
      if (n < data.rounds) return `Round ${n}: you ${verb(you)}, it ${verb(it)}s. So far ${now}`;
      const left = names.filter((name) => games[name].moves.length < data.rounds);
      const p = game.own.map(sigmoid);
      return `After ${n} rounds against ${who} ${now} It now cooperates with probability `
        + `${fmt(p[1])} after you both did, and ${fmt(p[2])} after you defected on it. `
        + (left.length ? `Now play ${data.opponents[left[0]]}.` : "Whom would you rather meet again?");
    },
  };
});
