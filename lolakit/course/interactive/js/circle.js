figure("circle", (data, {parts, write, move, trace, drag, later}) => {
  const m = data.middle;
  const names = ["naive", "LOLA"];
  // The paper's rule in matching pennies: V_1 = (2 p_1 - 1)(2 p_2 - 1) = -V_2.
  const rule = (p1, p2, eta) => {
    const s1 = p1 * (1 - p1), s2 = p2 * (1 - p2), u1 = 2 * (2 * p1 - 1), u2 = 2 * (2 * p2 - 1);
    return [s1 * (u2 - 4 * eta * s2 * s2 * u1), s2 * (-u1 - 4 * eta * s1 * s1 * u2)];
  };
  const run = (start, eta) => {
    let [t1, t2] = start.map((p) => Math.log(p / (1 - p)));
    const way = [start];
    for (let k = 0; k < data.steps; k++) {
      const [f1, f2] = rule(...way[k], eta);
      t1 += data.step * f1;
      t2 += data.step * f2;
      way.push([sigmoid(t1), sigmoid(t2)]);
    }
    return way;
  };
  const far = (p) => Math.hypot(p[0] - m, p[1] - m);

  // How many steps are drawn: few until Start was pressed, then all, also while dragging.
  let shown = data.shown, known = false, timer = 0;
  const stop = () => {
    cancelAnimationFrame(timer);
    timer = 0;
    shown = known ? data.steps : data.shown;
  };
  const go = () => {
    cancelAnimationFrame(timer);
    known = true;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      stop();
      return later("go");
    }
    // of the clock of the frames, which may stand before that of the press
    let begin = 0;
    const tick = (now) => {
      begin ||= now;
      shown = Math.min(data.steps, Math.floor((now - begin) / 12));
      timer = shown < data.steps && parts.go.isConnected ? requestAnimationFrame(tick) : 0;
      later("go");
    };
    timer = requestAnimationFrame(tick);
  };
  parts.go.addEventListener("click", go);
  drag("handle", data.square);

  return {
    changed(name) { if (name !== "go") stop(); },
    compute(s) {
      const start = [s["p 1"], s["p 2"]];
      return {naive: run(start, 0), LOLA: run(start, data.lookahead)};
    },
    draw(s, ways) {
      for (const name of names) {
        const way = ways[name].slice(0, shown + 1);
        trace(`way ${name}`, data.square, way);
        move(`end ${name}`, data.square, way[way.length - 1]);
      }
      for (const part of ["start", "handle"]) move(part, data.square, ways.naive[0]);
      write("go", known ? "Start again" : "Start");
    },
    says(s, {naive, LOLA}) {
      if (!known) return "Drag the dot, make your guess, then press Start.";
      if (shown < data.steps) return "They learn \u2026";
      return `They began ${fmt(far(naive[0]))} from the middle. After ${data.steps} steps the naive `
        + `learners are ${fmt(far(naive[data.steps]))} from it, the LOLA learners `
        + `${fmt(far(LOLA[data.steps]))}. Drag the dot to try other starts.`;
    },
  };
});
