/* What scrolls can be reached with the keyboard, the contents show where one is, and a menu opens;
   these the theme leaves to Bootstrap, which is three times all other scripts. Without a
   server the search page has no summaries: a page opened from disk may not fetch another one.
   And what is copied holds formulas as TeX. */
"use strict";

if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

const SCROLLERS = "article :is(table, .pst-scrollable-table-container, div.math, "
  + "mjx-container, pre, .output)";
// a page that is never idle, or draws no frames, would wait for ever without a limit
const whenIdle = window.requestIdleCallback
  ? (run) => requestIdleCallback(run, {timeout: 500}) : (run) => setTimeout(run, 50);
let planned = false;

function scrolls(part) {
  const style = getComputedStyle(part), free = /auto|scroll/;
  const over = part.scrollWidth > part.clientWidth + 1;
  // a formula in a line scrolls as soon as it is marked
  return [part, over, (over && (part.tagName === "MJX-CONTAINER" || free.test(style.overflowX)))
    || (part.scrollHeight > part.clientHeight + 1 && free.test(style.overflowY))];
}

// Sections that the browser leaves for later (lolakit.css) are not asked for their size: it would
// have to lay them out at once. It says when it shows one. All are asked before one is changed.
function markShown() {
  planned = false;
  const parts = [...document.querySelectorAll(SCROLLERS)].filter((part) =>
    !part.checkVisibility || part.checkVisibility({contentVisibilityAuto: true}));
  for (const [part, over, reached] of parts.map(scrolls)) {
    if (part.tagName === "MJX-CONTAINER") part.classList.toggle("wide", over);
    if (reached) part.tabIndex = 0;
    else if (part.tabIndex === 0) part.removeAttribute("tabindex");
  }
}

function markSoon() {
  if (!planned) whenIdle(markShown);
  planned = true;
}

// A jump needs the height of all that stands above its end: then nothing is left for later.
const ROOT = document.documentElement.classList;
if (location.hash) ROOT.add("whole");
addEventListener("click", ({target}) => {
  if (target.closest("a[href^='#']")) ROOT.add("whole");
}, true);
addEventListener("hashchange", () => { // by hand: after a click the page is whole
  if (ROOT.contains("whole")) return;
  ROOT.add("whole");
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
});

// Which section is being read, in the contents beside the page. The theme leaves that to
// Bootstrap, which asks where each section is: the browser would have to lay out all of them.
function spy() {
  const contents = "#pst-page-toc-nav";
  const links = new Map([...document.querySelectorAll(`${contents} a[href^='#']`)].map(
    (link) => [document.getElementById(decodeURIComponent(link.hash.slice(1))), link]));
  const shown = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const {target, isIntersecting} of entries) {
      if (isIntersecting) shown.add(target); else shown.delete(target);
    }
    const read = [...links.keys()].filter((section) => shown.has(section)).pop();
    if (!read) return;
    for (const part of document.querySelectorAll(`${contents} .active`)) {
      part.classList.remove("active");
    }
    let entry = links.get(read).closest(".toc-entry");
    for (; entry; entry = entry.parentElement.closest(".toc-entry")) {
      entry.classList.add("active");
      entry.querySelector("a").classList.add("active");
    }
  }, {rootMargin: "0px 0px -60%"});
  for (const section of links.keys()) if (section) watch.observe(section);
}

// The menu in the header: it closes by Escape, by a click elsewhere, and when it is left by Tab.
function menus() {
  const close = (opener, focus) => {
    opener.setAttribute("aria-expanded", "false");
    opener.nextElementSibling.classList.remove("show");
    if (focus) opener.focus();
  };
  const openers = document.querySelectorAll("[data-bs-toggle='dropdown']");
  for (const opener of openers) {
    opener.addEventListener("click", () => {
      const shown = opener.nextElementSibling.classList.toggle("show");
      opener.setAttribute("aria-expanded", String(shown));
    });
    opener.parentElement.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close(opener, true);
    });
    for (const leaves of ["focusin", "click"]) {
      addEventListener(leaves, ({target}) => {
        if (!opener.parentElement.contains(target)) close(opener, false);
      });
    }
  }
}

// The button that leads to the top is there while one scrolls up.
function toTop() {
  const button = document.getElementById("pst-back-to-top");
  let before = scrollY;
  button?.addEventListener("click", () => scrollTo(0, 0));
  addEventListener("scroll", () => {
    if (button) button.style.display = scrollY < before && scrollY > 0 ? "block" : "none";
    before = scrollY;
  }, {passive: true});
}

addEventListener("copy", (event) => {
  const chosen = getSelection(), box = document.createElement("div");
  if (!event.clipboardData || !chosen.rangeCount) return;
  box.append(chosen.getRangeAt(0).cloneContents());
  const formulas = box.querySelectorAll("[data-tex]");
  if (!formulas.length) return;
  for (const formula of formulas) {
    const sign = formula.tagName === "DIV" ? "$$" : "$";
    formula.textContent = `${sign}${formula.dataset.tex}${sign}`;
  }
  box.style.cssText = "position: fixed; left: -999em"; // its text has lines only on the page
  document.body.append(box);
  event.clipboardData.setData("text/plain", box.innerText);
  box.remove();
  event.preventDefault();
});

addEventListener("load", () => {
  markSoon();
  spy();
  menus();
  toTop();
  addEventListener("resize", markSoon);
  for (const change of ["toggle", "contentvisibilityautostatechange"]) {
    document.addEventListener(change, markSoon, true); // a cell was opened; a part is shown
  }
});
