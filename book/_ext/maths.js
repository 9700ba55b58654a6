// Draws formulas with MathJax 3 in Node: a line of JSON in, a line of JSON out.
//   {"tex": ..., "display": ...} -> {"html": ..., "mml": ...} or {"error": ...}
//   {"css": true}                -> {"css": the style sheet of all that was drawn so far}
// Arguments: the folder of MathJax (es5), the macros as JSON.
"use strict";

const [folder, macros] = process.argv.slice(2);
const input = {load: ["input/tex", "output/chtml", "adaptors/liteDOM", "a11y/assistive-mml"]};
console.warn = () => {}; // "no version information for liteDOM": there is none in the package

require(`${folder}/node-main.js`).init({
  loader: input,
  tex: {macros: JSON.parse(macros), packages: {"[-]": ["noundefined"]}},
  chtml: {fontURL: "maths", adaptiveCSS: true},
}).then((MathJax) => {
  const {adaptor} = MathJax.startup;
  const answer = ({tex, display, css}) => {
    if (css) return {css: adaptor.textContent(MathJax.chtmlStylesheet())};
    const node = MathJax.tex2chtml(tex, {display});
    const html = adaptor.outerHTML(node);
    const error = /data-mjx-error="([^"]*)"/.exec(html);
    if (error) return {error: error[1]};
    const mml = adaptor.outerHTML(adaptor.tags(node, "math")[0]);
    return {html, mml};
  };
  require("readline").createInterface({input: process.stdin}).on("line", (line) => {
    process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
  });
});
