// What all figures share: it finds the parts of each figure of this name, and redraws when a
// control moves, at most once a frame. A figure is a function of (data, tools) that returns
//   compute(settings) -> numbers, draw(settings, numbers), says(settings, numbers) -> a sentence,
// and may have changed(name): it is told which control moved, before all are read.
const fmt = (value, digits = 2) => {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
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
  const own = make(data, {parts, controls, set, write, later});
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
