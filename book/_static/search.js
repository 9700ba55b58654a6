/* Ranks what the search finds. Sphinx wants every word of a question on a page, "how" and "do"
   too, and then takes one page that has them all for as good as another. Here a word counts
   the more, the fewer pages have it; a page counts for the words that it has, the more often
   the more (search_counts.js), a long one less; a section whose title has the words counts
   more, and the result leads there. A term of the glossary is the title of its entry. */
"use strict";

// what a question is made of, and no answer
const ASKING = new Set(("how what why when where who which do does did done can could should would "
  + "i me my you your we us am has have had get gets about from mean means tell explain show "
  + "find please than so its it").split(" "));
// what a student says, and the book calls by another name
const ALSO = {
  bug: ["mistak"], error: ["mistak"], pitfal: ["mistak"], instal: ["machin", "wheel"],
  setup: ["machin"], cuda: ["gpu"], symbol: ["notat"], theta: ["notat"], gamma: ["notat"],
  formula: ["notat"], answer: ["solut"], test: ["exam"], best: ["tournament"],
  everyon: ["everybodi", "tournament"], compar: ["tournament"], bibtex: ["cite"],
  refer: ["cite"], selfish: ["naiv"], greedi: ["naiv"], three: ["mani"], multiplay: ["mani", "player"],
  reproduc: ["reproduct", "publish"], replic: ["reproduct", "publish"], slow: ["fast"], speed: ["fast"], teach: ["teacher"],
  initi: ["start"], init: ["start"], neural: ["network"], lectur: ["teacher"], cours: ["teacher"], crash: ["swerv"], tft: ["recipro"],
};
const WEIGHT_ALSO = 0.7, WEIGHT_PREFIX = 0.5, WEIGHT_TITLE = 1.5, MORE = 3, MOST = 30;
const CHAPTER = 1.25; // a chapter explains what other pages list

const asArray = files => files === undefined ? [] : Array.isArray(files) ? files : [files];

/* The words of the index, and how telling each is. */
class Words {
  constructor(index, stem) {
    this.index = index;
    this.stem = stem;
    this.count = index.docnames.length;
    this.lengths = new Array(this.count).fill(0);
    for (const files of Object.values(index.terms)) {
      for (const file of asArray(files)) this.lengths[file] += 1;
    }
    this.mean = this.lengths.reduce((a, b) => a + b) / this.count;
  }

  files(word) {
    return new Set([...asArray(this.index.terms[word]), ...asArray(this.index.titleterms[word])]);
  }

  weight(files) {
    return Math.log(1 + (this.count - files.size + 0.5) / (files.size + 0.5));
  }

  /* A word of the question: what may stand for it, each with its pages and weight. */
  group(word) {
    const found = [{word, times: 1, files: this.files(word)}];
    if (!found[0].files.size && word.length > 3) {
      for (const term of Object.keys(this.index.terms)) {
        if (!term.startsWith(word)) continue;
        found.push({word: term, times: WEIGHT_PREFIX, files: this.files(term)});
      }
    }
    // optimization is optimisation in this book
    const spelt = word.includes("iz") ? [word.replace("iz", "is")] : [];
    for (const other of [...spelt, ...ALSO[word] ?? []]) {
      found.push({word: other, times: WEIGHT_ALSO, files: this.files(other)});
    }
    return found.filter(one => one.files.size)
      .map(one => ({...one, weight: one.times * this.weight(one.files)}));
  }

  /* The words of a title, those that are no asking. */
  of(title) {
    return splitQuery(title.toLowerCase()).filter(w => !stopwords.includes(w) && !ASKING.has(w))
      .map(w => this.stem(w));
  }
}

/* How well a title agrees with the question: the weight of the words that both have, less if
   the title has many others. */
function agreement(words, title, groups) {
  const own = words.of(title);
  if (!own.length) return 0;
  const used = new Set();
  let sum = 0;
  for (const group of groups) {
    const best = Math.max(0, ...group.filter(one => own.includes(one.word)).map(one => {
      used.add(one.word);
      return one.times * Math.max(one.weight / one.times, 0.5);
    }));
    sum += best;
  }
  return sum * (0.5 + 0.5 * used.size / own.length);
}

/* Results as Sphinx wants them: [page, title, anchor, description, score, file], best last. */
function ranked(index, stem, query) {
  const words = new Words(index, stem);
  const asked = [...new Set(words.of(query))];
  const groups = asked.map(word => words.group(word)).filter(group => group.length);
  const all = groups.reduce((sum, group) => sum + Math.max(...group.map(one => one.weight)), 0);
  // "exercise 3.2", "chapter 3": the chapter of that number
  const number = query.match(/\b(\d+b?)\.\d|\bchapter (\d+b?)\b/i);
  const only = /^\s*(chapter\s+)?\d+b?\s*$/i.test(query);
  const start = number && `notebooks/${(number[1] ?? number[2]).toLowerCase().replace(/^\d(?!\d)/, "0$&")}_`;
  const numbered = file => start && index.docnames[file].startsWith(start);
  if (!groups.length) return [];

  const best = new Map(); // of each page: its section that agrees most
  const whole = index.docnames.map((name, file) => Math.max( // and its own title, or its name
    agreement(words, index.titles[file], groups),
    agreement(words, name.split("/").at(-1).replace(/[-_]/g, " "), groups)));
  const offer = (file, anchor, title, score) => {
    if (score > (best.get(file)?.score ?? 0)) best.set(file, {anchor, title, score});
  };
  for (const [title, found] of Object.entries(index.alltitles)) {
    const score = agreement(words, title, groups);
    for (const [file, id] of score ? found : []) {
      if (index.titles[file] !== title && id !== null) offer(file, `#${id}`, title, score);
    }
  }
  for (const [entry, found] of Object.entries(index.indexentries)) {
    const score = agreement(words, entry, groups);
    for (const [file, id] of score ? found : []) {
      if (id.startsWith("term-")) offer(file, `#${id}`, entry, score);
    }
  }

  const results = [];
  for (let file = 0; file < words.count; file += 1) {
    const room = 0.4 + 0.6 * words.lengths[file] / words.mean;
    let sum = 0, had = 0;
    const times = WORD_COUNTS[index.docnames[file]] ?? {};
    for (const group of groups) {
      const here = group.filter(one => one.files.has(file));
      had += Math.max(0, ...here.map(one => one.weight));
      sum += Math.max(0, ...here.map(one => { // the more often the better, but less and less
        const often = times[one.word] ?? 1;
        return one.weight * (MORE + 1) * often / (often + MORE * room);
      }));
    }
    if (!had && !numbered(file)) continue;
    const section = best.get(file);
    const titles = whole[file] + (section?.score ?? 0);
    const kind = index.docnames[file].startsWith("notebooks/") ? CHAPTER : 1;
    const score = kind * (sum + WEIGHT_TITLE * titles) * Math.sqrt(had / all)
      + (numbered(file) ? all * (only ? 9 : 1) : 0);
    const title = section?.title ? `${index.titles[file]} > ${section.title}` : index.titles[file];
    results.push([index.docnames[file], title, section?.anchor ?? "", null, score,
      index.filenames[file]]);
  }
  results.sort((a, b) => a[4] - b[4] || (a[1] < b[1] ? 1 : -1));
  return results.slice(-MOST);
}

document.addEventListener("DOMContentLoaded", () => {
  const stemmer = new Stemmer();
  Search._performSearch = (query, searchTerms, excludedTerms, highlightTerms, objectTerms) => {
    document.getElementById("search-progress")?.replaceChildren();
    const results = ranked(Search._index, word => stemmer.stemWord(word), query);
    // a name of the library, written as it is
    const top = results.at(-1)?.[4] ?? 0;
    for (const found of objectTerms.size === 1 ? Search.performObjectSearch(query.trim().toLowerCase(),
      objectTerms) : []) {
      if (found[1].split(".").at(-1).toLowerCase() !== query.trim().toLowerCase()) continue;
      results.splice(-1, 0, [...found.slice(0, 4), top, found[5]]);
    }
    for (const word of ASKING) { // or they would be marked on the page that is opened
      searchTerms.delete(stemmer.stemWord(word));
      highlightTerms.delete(word);
    }
    return results;
  };
  // a summary quotes the text, and not the list of the page's sections that stands over it
  const whole = Search.htmlToText;
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const e of page.querySelectorAll("#jb-print-docs-body, h1, .chapter-time,"
      + " figure script, figure style, .lk-controls, .copybtn")) e.remove();
    return whole(page.documentElement.outerHTML, anchor).replace(/\s+/g, " ");
  };
});
