/* What scrolls sideways can be reached with the keyboard: the theme does it for code, this
   for formulas and tables. Without a server the search page has no summaries: a page opened
   from disk may not fetch another one. And what is copied holds formulas as TeX. */
"use strict";

if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

function markScrollers() {
  const wide = "article table, article div.math, article mjx-container, "
    + "article pre, article .output";
  for (const formula of document.querySelectorAll("article mjx-container")) {
    formula.classList.toggle("wide", formula.scrollWidth > formula.clientWidth + 1);
  }
  for (const part of document.querySelectorAll(wide)) {
    const scrolls = /auto|scroll/.test(getComputedStyle(part).overflowX)
      && part.scrollWidth > part.clientWidth + 1;
    if (scrolls) part.tabIndex = 0;
    else if (part.tabIndex === 0) part.removeAttribute("tabindex");
  }
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
