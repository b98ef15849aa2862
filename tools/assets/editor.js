// The code editor of the sandbox: turns every <textarea data-editor> into CodeMirror 6.
// The textarea stays in the form and stays the truth: each edit is copied back into it and an `input`
// event tells other scripts. CodeMirror lives in a shadow root, where it may adopt style sheets under a
// Content-Security-Policy without 'unsafe-inline'. Colours are CSS variables of the page, so the theme
// toggle needs no word with the editor.
import { basicSetup } from "codemirror";
import { indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { COLOURS } from "./colours.js";

const colours = HighlightStyle.define(
  Object.entries(COLOURS).map(([name, tag]) => (
    { tag, color: `var(--code-${name})`, fontStyle: name === "comment" ? "italic" : "normal" }
  )),
);

const look = EditorView.theme({
  "&": { backgroundColor: "var(--code-bg)", color: "var(--code-fg)", fontSize: ".8125rem" },
  "&.cm-focused": { outline: "2px solid var(--tblr-primary)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--tblr-font-monospace)", lineHeight: "1.55", maxHeight: "70vh" },
  ".cm-content, .cm-gutter": { minHeight: "18rem" },
  ".cm-content": { caretColor: "var(--code-fg)" },
  ".cm-cursor": { borderLeftColor: "var(--code-fg)" },
  ".cm-gutters": { backgroundColor: "var(--code-bg)", color: "var(--code-gutter)", borderRight: "1px solid var(--code-line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--code-active)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground":
    { backgroundColor: "var(--code-selection)" },
  ".cm-panels, .cm-tooltip": { backgroundColor: "var(--tblr-bg-surface)", color: "var(--code-fg)" },
});

function mount(textarea) {
  const host = document.createElement("div");
  host.className = "editor";
  const root = host.attachShadow({ mode: "open" });
  const language = textarea.dataset.editor === "py" ? [python(), indentUnit.of("    ")] : [EditorView.lineWrapping];
  const copyBack = EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    textarea.value = update.state.doc.toString();
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  });
  textarea.before(host);
  textarea.hidden = true;
  return new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: textarea.value,
      extensions: [
        basicSetup, keymap.of([indentWithTab]), ...language, syntaxHighlighting(colours), look, copyBack,
        EditorState.readOnly.of(textarea.readOnly),
        EditorView.contentAttributes.of({ "aria-label": textarea.dataset.label, spellcheck: "false", tabindex: "0" }),
      ],
    }),
  });
}

for (const textarea of document.querySelectorAll("textarea[data-editor]")) mount(textarea);
