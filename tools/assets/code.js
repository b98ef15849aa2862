// Shown code: colours the <pre> that the server wrote, with CodeMirror's parser of Python. The text stays where it is.
// So finding, copying, printing, addresses of lines and screen readers work on all of it, with this script and without.
// Long files are coloured in slices, so that the page answers meanwhile.
import { highlightCode, tagHighlighter } from "@lezer/highlight";
import { parser } from "@lezer/python";
import { COLOURS } from "./colours.js";

// Above these the colours would cost a phone more than they help: the text stays plain.
const MAX_CHARACTERS = 200_000;
const MAX_PIECES = 1_000; // of a line
const LINES_AT_ONCE = 200;
const SLICE_MS = 8;
const colours = tagHighlighter(Object.entries(COLOURS).map(([name, tag]) => ({ tag, class: `code-${name}` })));

/** Return a function to await between steps: it lets the page answer when the time of a slice is over. */
function slices() {
  let end = performance.now() + SLICE_MS;
  return async () => {
    if (performance.now() < end) return;
    await new Promise((resume) => { setTimeout(resume); });
    end = performance.now() + SLICE_MS;
  };
}

async function parsed(text, rest) {
  const parse = parser.startParse(text);
  for (;;) {
    const tree = parse.advance();
    if (tree) return tree;
    await rest();
  }
}

function piece(text, name) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}

/** Return the lines of a part of the text, each a list of plain strings and coloured pieces. */
function colouredLines(text, tree, from, to) {
  const lines = [[]];
  const put = (part, name) => { lines.at(-1).push(name ? piece(part, name) : part); };
  highlightCode(text, tree, colours, put, () => { lines.at(-1).push("\n"); lines.push([]); }, from, to);
  return lines;
}

async function colour(code) {
  const text = code.textContent;
  const lines = [...code.querySelectorAll(".line")];
  if (text.length > MAX_CHARACTERS) return;
  const rest = slices();
  const tree = await parsed(text, rest);
  if (!lines.length) { // a block of a description
    const pieces = colouredLines(text, tree, 0, text.length).flat();
    if (pieces.length <= MAX_PIECES) code.replaceChildren(...pieces);
  }
  for (let first = 0, from = 0; first < lines.length; first += LINES_AT_ONCE) {
    const some = lines.slice(first, first + LINES_AT_ONCE);
    const to = from + some.reduce((length, line) => length + line.textContent.length, 0);
    const coloured = colouredLines(text, tree, from, to);
    some.forEach((line, i) => { if (coloured[i].length <= MAX_PIECES) line.replaceChildren(...coloured[i]); });
    from = to;
    await rest();
  }
}

async function colourAll() {
  for (const code of document.querySelectorAll("pre > code:is(.language-py, .language-python)")) {
    try { await colour(code); } catch { /* nested too deeply for the parser: the text stays plain */ }
  }
}

/** A click on the number of a line writes the line into the address. */
document.addEventListener("click", ({ target, clientX }) => {
  if (!target.matches(".code .line")) return;
  const width = parseFloat(getComputedStyle(target, "::before").width);
  if (clientX - target.getBoundingClientRect().left < width) location.hash = target.id;
});

colourAll();
