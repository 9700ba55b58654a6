figure("atlas", (data, {parts, controls, set, write, move, trace, later}) => {
  const [left, top, size] = data.map, [a, b] = data.rows, twelve = [...Array(12).keys()];
  const payoff = (game, player) => data.payoff[game].slice(4 * player, 4 * player + 4);
  // How often CC, CD, DC, DD come up, in thousandths: three are given, and all sum to 1000.
  // Of two games that differ by the seats one is given.
  const shares = (way, rule, game) => {
    const one = Math.floor(game / 12), two = game % 12, i = Math.min(one, two), j = Math.max(one, two);
    const [x, y, z] = data.shares[way][rule][12 * i - i * (i - 1) / 2 + j - i];
    return one <= two ? [x, y, z, 1000 - x - y - z] : [x, z, y, 1000 - x - y - z];
  };
  // How often both cooperate along the ways of the pairs, a byte for each player.
  const paths = bytes(data.paths), [, rules, games, pairs, stops] = data.sizes;
  const ways = (way, rule, game) => {
    const one = Math.floor(game / 12), two = game % 12, i = Math.min(one, two), j = Math.max(one, two);
    const nth = 12 * i - i * (i - 1) / 2 + j - i, first = Object.keys(data.ways).indexOf(way);
    const from = 2 * stops * pairs * (games * (rules * first + Number(rule)) + nth);
    const point = (k) => one <= two ? [paths[k], paths[k + 1]] : [paths[k + 1], paths[k]];
    return [...Array(pairs).keys()].map((pair) => [...Array(stops).keys()].map((k) =>
      point(from + 2 * (stops * pair + k)).map((x) => x / 255)));
  };
  const earned = (way, rule, game) => [0, 1].map((player) => payoff(game, player)
    .reduce((sum, r, s) => sum + r * shares(way, rule, game)[s], 0));
  const nash = (game) => {
    const [r, q] = [payoff(game, 0), payoff(game, 1)];
    return [0, 1, 2, 3].filter((s) => r[s] > r[s ^ 2] && q[s] > q[s ^ 1]);
  };
  const look = (view, way, rule, game) => {
    const R = earned(way, rule, game), N = earned(way, 0, game);
    if (view === "who") {
      const both = data.signs[way][rule].slice(2 * game, 2 * game + 2);
      return [R.map((r, i) => (r - N[i]) / 1000), both === ".." ? ""
        : both.replace(/-/g, "\u2212").replace(/\./g, "\u00b7")];
    }
    if (view === "nash") {
      const pure = nash(game), share = shares(way, rule, game);
      const x = pure.length ? pure.reduce((sum, s) => sum + share[s], 0) / 1000 : null;
      return [[x, x], pure.length ? "" : "\u00b7"];
    }
    if (view === "mean") return [[(R[0] + R[1]) / 2000, (R[0] + R[1]) / 2000], ""];
    const more = R[0] + R[1] - N[0] - N[1];
    let x = more / 2000;
    if (view === "share") {
      const both = [0, 1, 2, 3].map((s) => payoff(game, 0)[s] + payoff(game, 1)[s]);
      const room = 1000 * Math.max(...both) - N[0] - N[1];
      if (room < data.least) return [[null, null], "\u00b7"];
      x = more / room;
    }
    return [[x, x], x >= data.plain ? "+" : x < -data.plain ? "\u2212" : ""];
  };
  const fill = (view, x) => x === null ? data.nothing
    : data.colours[view][data.edges[view].filter((edge) => x >= edge).length];

  // A click on the map: the sliders follow it, and the picture follows the sliders.
  const svg = parts.chosen.ownerSVGElement;
  svg.style.cursor = "pointer";
  svg.addEventListener("click", (event) => {
    const {x, y} = spot(svg, event);
    const one = Math.floor((y - top) / size), two = Math.floor((x - left) / size);
    if (!(one in twelve && two in twelve)) return;
    controls.one.value = one;
    controls.two.value = two;
    later("one");
  });

  // What the squares say depends on the menus only: it is computed, and drawn, once for each.
  let said = "", shown = "", seen = [];
  const all = (view, way, rule) => {
    const key = [view, way, rule].join();
    if (key !== said) seen = data.payoff.map((_, g) => look(view, way, rule, g));
    said = key;
    return seen;
  };
  return {
    // Of each game what the view says, and of the chosen one what both earn by each rule.
    compute(s) {
      const game = 12 * s.one + s.two;
      return {game, ways: ways(s.way, s.rule, game), looks: all(s.view, s.way, s.rule),
        R: data.rules.map((_, rule) => earned(s.way, rule, game))};
    },
    draw(s, {game, ways, looks, R}) {
      if (shown !== said) {
        looks.forEach(([[low, high], mark], g) => {
          const name = `${Math.floor(g / 12)} ${g % 12}`;
          set(`low ${name}`, {fill: fill(s.view, low)});
          set(`high ${name}`, {fill: fill(s.view, high)});
          write(`said ${name}`, mark);
        });
        data.colours[s.view].forEach((colour, k) => {
          set(`key ${k}`, {fill: colour});
          if (k) write(`said edge ${k}`, String(data.edges[s.view][k - 1]).replace("-", "\u2212"));
        });
        shown = said;
      }
      set("chosen", {x: left + size * s.two, y: top + size * s.one});
      write("title one", `player 1: ${data.names[s.one]}`);
      write("title two", `player 2: ${data.names[s.two]}`);
      const share = shares(s.way, s.rule, game), pure = nash(game);
      for (let k = 0; k < 4; k++) {
        set(`cell ${k}`, {"fill-opacity": (share[k] / 2500).toFixed(2)});
        write(`said pay ${k}`, `${payoff(game, 0)[k]}, ${payoff(game, 1)[k]}`);
        write(`said share ${k}`, `${fmt(share[k] / 10, 0)} %`);
        for (const ring of ["ring", "corner"]) {
          set(`${ring} ${k}`, {display: pure.includes(k) ? "inline" : "none"});
        }
      }
      ways.forEach((way, k) => {
        trace(`way ${k}`, data.field, way);
        move(`from ${k}`, data.field, way[0]);
        move(`to ${k}`, data.field, way[stops - 1]);
      });
      R.forEach(([one, two], rule) => {
        set(`one ${rule}`, {cx: (a + b * one / 1000).toFixed(1)});
        const y = parts[`one ${rule}`].getAttribute("cy");
        set(`two ${rule}`, {transform: `translate(${(a + b * two / 1000).toFixed(1)} ${y})`});
        set(`rule ${rule}`, {"font-weight": rule === Number(s.rule) ? "bold" : "normal"});
      });
    },
    says(s, {game, R}) {
      const [one, two] = R[s.rule].map((r) => fmt(r / 1000)), N = R[0].map((r) => fmt(r / 1000));
      const share = shares(s.way, s.rule, game), most = share.indexOf(Math.max(...share));
      const [[x]] = look("share", s.way, s.rule, game);
      const could = x === null ? "naive learners leave nothing to gain together"
        : `together they gain ${fmt(100 * x, 0)} % of what they could`;
      const where = nash(game).map((k) => data.states[k]).join(" and ") || "none";
      return `${data.names[s.one]} / ${data.names[s.two]}, ${data.rules[s.rule]}, played ${data.ways[s.way]}: `
        + `player 1 earns ${one} per step, player 2 ${two}; naive learners ${N[0]} and ${N[1]}: `
        + `${could}. Most common: ${data.states[most]}, ${fmt(share[most] / 10, 0)} %. `
        + `Pure equilibria of one round: ${where}.`;
    },
  };
});
