/* What scrolls sideways can be reached with the keyboard: the theme does it for code, this
   for formulas and tables. And without a server the search page has no summaries: a page
   opened from disk may not fetch another one. */
"use strict";

if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

function markScrollers() {
  const wide = "article table, article div.math, article mjx-container, "
    + "article pre, article .output";
  for (const part of document.querySelectorAll(wide)) {
    const scrolls = /auto|scroll/.test(getComputedStyle(part).overflowX)
      && part.scrollWidth > part.clientWidth + 1;
    if (scrolls) part.tabIndex = 0;
    else if (part.tabIndex === 0) part.removeAttribute("tabindex");
  }
}

addEventListener("load", async () => {
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  markScrollers();
  addEventListener("resize", markScrollers);
  document.addEventListener("toggle", markScrollers, true); // a cell was opened
});
