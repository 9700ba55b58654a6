/* What tools/pdf.py asks the browser to do: make one printable document of the built pages. */
"use strict";

/* One page of the site, as a chapter of the print: its text, what of it goes to the appendix,
   and its headings. `pages` leads from the addresses of pages to their keys; a link to another
   page of the site leads to `home`, or is plain words where there is no such address. `says` has
   the words of the print in its language. */
window.chapter = ({text, address, key, pages, site, home, says}) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  const article = page.querySelector("article.bd-article");
  const all = selector => [...article.querySelectorAll(selector)];
  const make = (tag, kind, ...inside) => {
    const made = page.createElement(tag);
    made.className = kind;
    made.append(...inside);
    return made;
  };
  for (const e of all("script, .headerlink, .lk-controls, .copybtn, mjx-assistive-mml, "
    + "link, nav, .chapter-time a, [hidden]:not(.lk-controls), input, select, button")) {
    if (!e.parentElement.closest(".chapter-time")) e.remove();
  }

  const later = [];
  for (const cell of all("details.hide")) {
    const label = cell.querySelector(".admonition-title").innerHTML;
    const whole = cell.closest(".cell");
    const words = cell.querySelector(".admonition-title").textContent.trim();
    if (words.startsWith(says.Solution)) {
      const kept = make("section", "solution", make("h3", ""), ...cell.childNodes);
      kept.querySelector("h3").innerHTML = label;
      kept.querySelector("summary").remove();
      for (const shown of whole.querySelectorAll(":scope > .cell_output")) kept.append(shown);
      later.push(kept.outerHTML);
      if (!words.includes(says.continued)) {
        const line = make("p", "folded");
        line.innerHTML = `${label}: <a href="#${key}-solutions">${says["in the appendix"]}</a>`;
        whole.before(line);
      }
      whole.remove();
    } else {
      const bare = ["Code", "Figure", "Set-up", "Output"].some(name => words === says[name]);
      const name = bare ? "" : label;
      const line = make("p", "folded");
      line.innerHTML = name && `${name} <i>${says["(in the notebook)"]}</i>`;
      cell.replaceWith(...name ? [line] : []);
    }
  }
  for (const cell of all("details.sd-dropdown")) { // of the exam bank: answers and marks
    const box = make("div", "opened", ...cell.childNodes);
    cell.replaceWith(box);
  }
  let asked = 0;
  for (const option of all("details")) { // of a quiz
    const summary = option.querySelector("summary");
    if (!summary) continue;
    const verdict = option.textContent.trim().slice(summary.textContent.length).trim();
    const letter = option.previousElementSibling?.matches(".option")
      ? String.fromCharCode(option.previousElementSibling.dataset.letter.charCodeAt(0) + 1) : "a";
    if (letter === "a") asked += 1;
    if (letter === "a" && asked === 1) { // what it says of clicking
      const told = option.closest("section#quiz")?.querySelector(":scope > p");
      if (told && !told.querySelector("strong")) { // else it is the first question
        told.className = "folded";
        told.innerHTML = `<a href="#${key}-solutions">${says["Answers in the appendix"]}</a>`;
      }
    }
    const line = make("p", "option");
    line.dataset.letter = letter;
    line.innerHTML = `(${letter}) ${summary.innerHTML}`;
    if (verdict) {
      summary.remove();
      const name = says["Question {}, ({})."].replace("{}", asked).replace("{}", letter);
      later.push(`<div class="answer"><p><b>${name}</b></p>`
        + `${option.innerHTML}</div>`);
    }
    option.replaceWith(line);
  }

  const named = address.replace(/[^/]*$/, "");
  const box = page.createElement("div"); // the appendix's part has links too
  box.innerHTML = later.join("\n");
  for (const part of [article, box]) {
    const inside = selector => [...part.querySelectorAll(selector)];
    for (const e of inside("[src]")) e.setAttribute("src", new URL(e.getAttribute("src"), named).href);
    for (const e of inside("img")) e.removeAttribute("loading");
    for (const e of inside("[id]")) e.id = `${key}--${e.id}`;
    for (const e of inside("svg *")) {
      for (const {name, value} of [...e.attributes]) {
        if (value.startsWith("url(#")) e.setAttribute(name, value.replace("url(#", `url(#${key}--`));
      }
    }
    for (const e of inside("a[href]")) {
      const href = e.getAttribute("href");
      if (href.startsWith(`#${key}-solutions`)) continue;
      const to = new URL(href, address), file = to.href.split("#")[0].split("?")[0];
      e.removeAttribute("title");
      if (pages[file]) e.setAttribute("href", `#${pages[file]}${to.hash.replace("#", "--")}`);
      else if (!file.startsWith(site)) continue;
      else if (home) e.setAttribute("href", home + to.href.slice(site.length));
      else e.removeAttribute("href");
    }
  }
  const name = h => {
    const copy = h.cloneNode(true);
    for (const e of copy.querySelectorAll("mjx-assistive-mml")) e.remove();
    return copy.innerHTML;
  };
  return {
    body: article.innerHTML, appendix: box.innerHTML, title: name(article.querySelector("h1")),
    sections: all("h2").map(h => [h.closest("section").id, name(h)]),
  };
};

/* Makes what is wider than the text as narrow as it; returns what is still wider. */
window.fit = () => {
  const wide = e => {
    const room = e.parentElement.getBoundingClientRect().width;
    return Math.max(e.scrollWidth, e.getBoundingClientRect().width) / Math.max(room, 1);
  };
  for (const e of document.querySelectorAll("table, div.math, .lk, svg.map, .output pre")) {
    const times = wide(e);
    if (times > 1.002) e.style.zoom = Math.max(0.45, 0.995 / times);
  }
  for (const e of document.querySelectorAll(".lk")) { // a figure with its caption on one page
    const high = e.getBoundingClientRect().height / 940;
    if (high > 1) e.style.zoom = (e.style.zoom || 1) / high;
  }
  for (const e of document.querySelectorAll(".cell_input, .cell_output pre, .folded")) {
    e.classList.toggle("short", e.getBoundingClientRect().height < 330);
  }
  const edge = document.body.getBoundingClientRect().right + 2;
  return [...document.querySelectorAll("main *")]
    .filter(e => !e.closest("svg, mjx-container") && e.getBoundingClientRect().right > edge)
    .map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 40)}`).slice(0, 20);
};
