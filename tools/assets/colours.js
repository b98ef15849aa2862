// What is coloured alike in the editor and in shown code. A name is a CSS variable of the page, `--code-<name>`, and a
// class of shown code, `code-<name>`.
import { tags } from "@lezer/highlight";

export const COLOURS = {
  keyword: [tags.keyword, tags.operatorKeyword, tags.self, tags.bool, tags.null],
  string: [tags.string, tags.special(tags.string)],
  number: [tags.number],
  comment: [tags.comment],
  name: [tags.definition(tags.variableName), tags.function(tags.variableName), tags.function(tags.propertyName)],
  class: [tags.className, tags.definition(tags.className), tags.meta, tags.annotation],
};
