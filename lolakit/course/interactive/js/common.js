// What all figures share: it finds the parts of each figure of this name, and redraws when a
// control moves, at most once a frame. A figure is a function of (data, tools) that returns
//   compute(settings) -> numbers, draw(settings, numbers), says(settings, numbers) -> a sentence,
// and may have changed(name): it is told which control moved, before all are read.
const fmt = (value, digits = 2) => {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
};
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const bytes = (text) => Uint8Array.from(atob(text), (x) => x.charCodeAt(0));
// A panel [a, b, c, d] has the point (x, y) at (a + b x, c + d y).
const place = ([a, b, c, d], [x, y]) => [(a + b * x).toFixed(1), (c + d * y).toFixed(1)];
const points = (panel, way) => way.map((pair) => place(panel, pair).join(",")).join(" ");
// Where in a picture a finger or the pointer is.
const spot = (svg, {clientX, clientY}) =>
  new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
// The path of the arrows of a field on a grid: the longest has length `longest`.
const arrows = ([a, b, c, d], grid, longest, velocity) => {
  const most = Math.max(...velocity.map((v) => Math.hypot(...v))) || 1;
  return velocity.map(([u, v], i) => {
    const x = a + b * grid[Math.floor(i / grid.length)], y = c + d * grid[i % grid.length];
    const speed = Math.hypot(u, v), n = longest * Math.sqrt(speed / most);
    const ex = u / (speed || 1), ey = -v / (speed || 1), head = 0.3 * n;
    const tip = [x + ex * n / 2, y + ey * n / 2];
    const side = (s) => [tip[0] - head * (ex - s * 0.6 * ey), tip[1] - head * (ey + s * 0.6 * ex)];
    const at = (point) => point.map((z) => z.toFixed(1)).join(" ");
    return `M${at([x - ex * n / 2, y - ey * n / 2])}L${at(tip)}`
      + `M${at(side(1))}L${at(tip)}L${at(side(-1))}`;
  }).join("");
};
const stop = (control) => control.dataset.stops.split("|")[control.valueAsNumber];
const spoken = (control) => control.dataset.text.replace("{}", control.dataset.stops
  ? stop(control) : fmt(control.valueAsNumber, Number(control.dataset.digits)));

function mount(root, make) {
  root.dataset.ready = "";
  const find = (key) => Object.fromEntries(
    [...root.querySelectorAll(`[data-${key}]`)].map((e) => [e.dataset[key], e]));
  const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  const parts = find("part"), controls = find("control");
  // JupyterLab would take the arrow keys for itself
  for (const control of root.querySelectorAll("input, select, button")) {
    control.dataset.lmSuppressShortcuts = "";
  }
  const set = (part, attributes) => {
    for (const key in attributes) parts[part].setAttribute(key, attributes[key]);
  };
  const write = (part, text) => { if (parts[part].textContent !== text) parts[part].textContent = text; };
  const move = (part, panel, pair) => {
    const [cx, cy] = place(panel, pair);
    set(part, {cx, cy});
  };
  const trace = (part, panel, way) => set(part, {points: points(panel, way)});
  const rise = (part, [, , low, tall], x) =>
    set(part, {y: (low + tall * x).toFixed(1), height: (-tall * x).toFixed(1)});
  // A start that is dragged, or put elsewhere by a click: the sliders "p 1" and "p 2" follow
  // it, and the picture follows the sliders.
  const drag = (part, [a, b, c, d]) => {
    const handle = parts[part], svg = handle.ownerSVGElement;
    const follow = (event) => {
      const {x, y} = spot(svg, event);
      controls["p 1"].value = (x - a) / b;
      controls["p 2"].value = (y - c) / d;
      later("p 1");
    };
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      handle.addEventListener("pointermove", follow);
    });
    const drop = () => handle.removeEventListener("pointermove", follow);
    for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, drop);
    svg.addEventListener("click", (event) => { if (event.target !== handle) follow(event); });
  };
  const read = () => Object.fromEntries(Object.entries(controls).map(
    ([key, c]) => [key, c.type === "range" ? c.valueAsNumber : c.value]));
  let waiting = 0, quiet = 0, timer = 0;
  const redraw = () => {
    waiting = 0;
    for (const control of Object.values(controls)) {
      if (control.type !== "range") continue;
      const text = spoken(control), output = control.closest(".lk-control").querySelector("output");
      if (output.textContent === text) continue;
      output.textContent = text;
      control.setAttribute("aria-valuetext", text);
    }
    const settings = read(), numbers = own.compute(settings);
    own.draw(settings, numbers);
    write("says", own.says(settings, numbers));
  };
  const later = (name) => {
    if (own.changed) own.changed(name);
    // a screen reader waits while the line is busy, and hears the last sentence only
    set("says", {"aria-busy": "true"});
    clearTimeout(quiet);
    quiet = setTimeout(() => set("says", {"aria-busy": "false"}), 400);
    waiting ||= requestAnimationFrame(redraw);
  };
  const own = make(data, {parts, controls, set, write, move, trace, rise, drag, later});
  root.addEventListener("input", (event) => later(event.target.dataset.control));
  if (parts.play) {
    const pause = () => { clearInterval(timer); timer = 0; write("play", "Play"); };
    const step = () => {
      if (!root.isConnected || controls.step.value === controls.step.max) return pause();
      controls.step.stepUp();
      later("step");
    };
    parts.play.addEventListener("click", () => {
      if (timer) return pause();
      if (controls.step.value === controls.step.max) controls.step.value = controls.step.min;
      write("play", "Pause");
      timer = setInterval(step, 120);
    });
  }
  root.querySelector(".lk-controls").hidden = false;
  redraw();
  root.lolakit = {data, controls, read, redraw, ...own};
}

function figure(name, make) {
  const fresh = `figure.lk[data-lk="${name}"]:not([data-ready])`;
  for (const root of document.querySelectorAll(fresh)) mount(root, make);
}
