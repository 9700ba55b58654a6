/* What scrolls can be reached with the keyboard. Without a server the search page has no
   summaries: a page opened from disk may not fetch another one. And what is copied holds
   formulas as TeX. */
"use strict";

if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

const SCROLLERS = "article :is(table, .pst-scrollable-table-container, div.math, "
  + "mjx-container, pre, .output)";
const whenIdle = window.requestIdleCallback || ((run) => setTimeout(run, 50));
let unmarked = [];

function mark(part) {
  const style = getComputedStyle(part), free = /auto|scroll/;
  const over = part.scrollWidth > part.clientWidth + 1;
  const scrolls = (over && free.test(style.overflowX))
    || (part.scrollHeight > part.clientHeight + 1 && free.test(style.overflowY));
  if (part.tagName === "MJX-CONTAINER") part.classList.toggle("wide", over);
  if (scrolls) part.tabIndex = 0;
  else if (part.tabIndex === 0) part.removeAttribute("tabindex");
}

// To ask for a width makes the browser lay out a part that it may have left for later: so the
// parts are asked when it has nothing else to do.
function markSome(deadline) {
  do {
    const part = unmarked.shift();
    if (part) mark(part);
  } while (unmarked.length && !(deadline && deadline.timeRemaining() < 5));
  if (unmarked.length) whenIdle(markSome);
  document.body.classList.toggle("scrollers-marked", !unmarked.length);
}

function markScrollers() {
  const busy = unmarked.length;
  unmarked = [...document.querySelectorAll(SCROLLERS)];
  if (!busy) whenIdle(markSome);
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
  markScrollers();
  addEventListener("resize", markScrollers);
  document.addEventListener("toggle", markScrollers, true); // a cell was opened
});
