figure("coin_board", (data, {parts, controls, set, write, later}) => {
  const N = 3, LETTERS = ["R", "B"], NAMES = ["Red", "Blue"];
  const TO = [[0, 1], [0, -1], [1, 0], [-1, 0]];
  let seed = 7;
  const uniform = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const start = () => ({...data.start, took: [0, 0], earned: [0, 0], picked: [0, 0], told: ""});
  // What was on the board before and after each round; the slider goes to and fro in it.
  const states = [start()], round = () => controls.step.valueAsNumber;
  const moved = (cell, a) => (Math.floor(cell / N) + TO[a][0] + N) % N * N
    + (cell % N + TO[a][1] + N) % N;
  // The k-th free cell: k, moved on by one for each occupied cell up to it.
  const free = (agents, u) => {
    const there = [...new Set(agents)].sort((a, b) => a - b);
    let cell = Math.floor(u * (N * N - there.length));
    for (const occupied of there) if (cell >= occupied) cell += 1;
    return cell;
  };
  function step(old, actions, u) {
    const agents = old.agents.map((cell, i) => moved(cell, actions[i]));
    const took = [...old.took], rewards = [0, 0], picked = [...old.picked];
    let coins = [...old.coins];
    const colour = coins[0] >= 0 ? 0 : 1, takers = [0, 1].filter((i) => agents[i] === coins[colour]);
    for (const i of takers) {
      rewards[i] += 1;
      if (i !== colour) rewards[colour] -= 2;
      took[i] = i === colour ? 0 : 1;
      picked[i === colour ? 0 : 1] += 1;
    }
    if (takers.length) {
      coins = [-1, -1];
      coins[1 - colour] = free(agents, u);
    }
    return {agents, coins, took, picked, rewards, round: old.round + 1,
      earned: old.earned.map((x, i) => x + rewards[i])};
  }
  function policy(name, {agents, coins, took}, i) {
    const colour = coins[0] >= 0 ? 0 : 1, cell = coins[colour], theirs = colour === i ? 0 : 1;
    if (data.tables[name]) {
      const moves = data.tables[name][((9 * agents[i] + cell) * 2 + theirs) * 2 + took[1 - i]];
      const may = TO.map((_, a) => moves >> a & 1), sum = may.reduce((a, b) => a + b);
      return may.map((x) => x / sum);
    }
    const [W1, b1, W2, b2] = data.networks[name];
    const on = [agents[i], 9 + agents[1 - i], 18 + 9 * theirs + cell];
    if (took[i]) on.push(36);
    if (took[1 - i]) on.push(37);
    const h = W1.map((row, j) => Math.tanh(on.reduce((sum, k) => sum + row[k], b1[j])));
    const z = W2.map((row, a) => row.reduce((sum, w, j) => sum + w * h[j], b2[a]));
    const most = Math.max(...z), e = z.map((x) => Math.exp(x - most));
    const sum = e.reduce((a, b) => a + b);
    return e.map((x) => x / sum);
  }
  const draw_from = (p) => {
    let u = uniform(), a = 0;
    while (a < 3 && (u -= p[a]) >= 0) a += 1;
    return a;
  };
  const played = (old, names, a) => {
    const p = names.map((name, i) => policy(name, old, i));
    return step(old, [a === undefined ? draw_from(p[0]) : a, draw_from(p[1])], uniform());
  };
  const show = () => [0, 1].forEach((i) => {
    controls[`took ${i}`].value = String(states[round()].took[i]);
  });
  const reach = (names) => {
    while (states.length <= round()) states.push(played(states[states.length - 1], names));
  };
  const names = () => [controls.red.value, controls.blue.value];
  for (let a = 0; a < 4; a += 1) {
    parts[`move ${a}`].addEventListener("click", () => {
      reach(names());
      if (controls.step.value === controls.step.max) return;
      states.length = round() + 1;
      states.push(played(states[round()], names(), a));
      controls.step.stepUp();
      show();
      later("move");
    });
  }
  parts.new.addEventListener("click", () => {
    states.splice(0, states.length, start());
    controls.step.value = 0;
    show();
    later("new");
  });
  return {
    step, policy,
    // What was played later belongs to the players and the memory of then.
    changed(name) {
      reach(names());
      if (name === "step") return show();
      if (["red", "blue", "took 0", "took 1"].includes(name)) {
        states.length = round() + 1;
        const took = [0, 1].map((i) => Number(controls[`took ${i}`].value));
        states[round()] = {...states[round()], took};
      }
    },
    compute(s) {
      const here = s.board || states[Math.min(s.step, states.length - 1)];
      return {...here, p: [s.red, s.blue].map((name, i) => policy(name, here, i))};
    },
    draw(s, {agents, coins, p}) {
      const at = (cell) => `translate(${(data.corner[0] + data.cell * (cell % N)).toFixed(1)} ${
        (data.corner[1] + data.cell * Math.floor(cell / N)).toFixed(1)})`;
      const colour = coins[0] >= 0 ? 0 : 1;
      set("red", {transform: at(agents[0])});
      set("blue", {transform: at(agents[1])});
      set("coin", {transform: at(coins[colour])});
      set("coin look", {fill: data.colours[colour]});
      write("coin letter", LETTERS[colour]);
      p.forEach((player, i) => player.forEach((x, a) => {
        set(`bar ${i} ${a}`, {width: (data.bar[1] * x).toFixed(1)});
      }));
    },
    says(s, {round, earned, picked, rewards}) {
      const sum = `Red and blue have earned ${fmt(earned[0], 0)} and ${fmt(earned[1], 0)}`;
      if (!round) return `Before the first round. ${sum}.`;
      const last = rewards.map((x, i) => `${NAMES[i]} ${x > 0 ? "+" : ""}${fmt(x, 0)}`).join(", ");
      const all = picked[0] + picked[1];
      return `Round ${round}: ${last}. ${sum}; ${picked[0]} of ${all} picks were by the owner.`;
    },
  };
});
