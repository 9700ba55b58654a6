const sigmoid = (x) => 1 / (1 + Math.exp(-x));

figure("circle", (data, {parts, controls, set, write, later}) => {
  const [a, b, c, d] = data.square, m = data.middle;
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
  const place = ([p1, p2]) => ({cx: (a + b * p1).toFixed(1), cy: (c + d * p2).toFixed(1)});
  const points = (way) => way.map(([p1, p2]) =>
    `${(a + b * p1).toFixed(1)},${(c + d * p2).toFixed(1)}`).join(" ");

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

  const svg = parts.start.ownerSVGElement;
  const follow = (event) => {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    controls["p 1"].value = ((event.clientX - box.left) * scale - a) / b;
    controls["p 2"].value = ((event.clientY - box.top) * scale - c) / d;
    stop();
    later("p 1");
  };
  parts.handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    parts.handle.setPointerCapture(event.pointerId);
    parts.handle.addEventListener("pointermove", follow);
  });
  const drop = () => parts.handle.removeEventListener("pointermove", follow);
  for (const end of ["pointerup", "pointercancel"]) parts.handle.addEventListener(end, drop);
  svg.addEventListener("click", (event) => { if (event.target !== parts.handle) follow(event); });

  return {
    changed(name) { if (name !== "go") stop(); },
    compute(s) {
      const start = [s["p 1"], s["p 2"]];
      return {naive: run(start, 0), LOLA: run(start, data.lookahead)};
    },
    draw(s, ways) {
      for (const name of names) {
        const way = ways[name].slice(0, shown + 1);
        set(`way ${name}`, {points: points(way)});
        set(`end ${name}`, place(way[way.length - 1]));
      }
      set("start", place(ways.naive[0]));
      set("handle", place(ways.naive[0]));
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
