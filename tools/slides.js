// Starts a deck of `tools/slides.py`: sets each slide in the largest size that fits, then shows it.
const SIZES = [30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19];

// Is anything of a slide outside of what is shown? The place of its last line is kept free.
function over(slide) {
  const body = slide.querySelector(".body");
  const low = slide.getBoundingClientRect().top + 720 - 40;
  const right = slide.getBoundingClientRect().left + 1280 - 40;
  const seen = [body, ...body.querySelectorAll("*:not(mjx-assistive-mml, mjx-assistive-mml *, svg *)")];
  return seen.some(e => {
    const box = e.getBoundingClientRect();
    return box.height && (box.bottom > low + 1 || box.right > right + 1);
  }) || body.scrollHeight > body.clientHeight + 1
    || [...body.querySelectorAll(".said, pre")].some(e => e.scrollWidth > e.clientWidth + 1);
}

function settle(slide) {
  for (const size of SIZES) {
    slide.style.fontSize = `${size}px`;
    slide.style.setProperty("--k", size / SIZES[0]);  // of code
    if (!over(slide)) return;
  }
}

function fit(slide) {
  slide.classList.add("measured");
  settle(slide);
  const beside = slide.querySelector(".beside");
  if (over(slide) && beside) {  // too wide for two columns
    beside.classList.replace("beside", "stacked");
    beside.prepend(beside.querySelector(".side"));
    settle(slide);
  }
  for (let tall = 460; tall > 200 && over(slide); tall -= 20) {
    for (const image of slide.querySelectorAll("img, .moving svg")) {
      image.style.maxHeight = `${tall}px`;
      if (image.closest(".stacked")) image.style.height = `${Math.min(tall, 380)}px`;
    }
  }
  slide.dataset.over = over(slide) ? "yes" : "";
  slide.classList.remove("measured");
}

window.addEventListener("load", async () => {
  await MathJax.startup.promise;
  await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
  for (const slide of document.querySelectorAll(".slides > section")) fit(slide);
  await Reveal.initialize({ width: 1280, height: 720, margin: 0, hash: true, center: false,
    slideNumber: "c/t", transition: "none", plugins: [RevealNotes],
    // the controls of a figure that moves have keys of their own
    keyboardCondition: () => !document.activeElement?.closest(".lk") });
  document.body.dataset.ready = "yes";
});
