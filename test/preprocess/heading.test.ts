import { expect, test } from "vitest";
import { readHeadings } from "../../daemon/preprocess/heading.ts";
import { LIMITS } from "../../daemon/preprocess/limits.ts";

/** `1:Title@0`, one for each heading. */
const outline = (text: string, skip = 0): string[] =>
  readHeadings(text, skip).map(({ level, text: title, line }) => `${level}:${title}@${line}`);

const CASES: [what: string, text: string, headings: string[]][] = [
  ["one to six marks", "# A\n\n###### B", ["1:A@0", "6:B@2"]],
  ["marks at the end, too", "## A ##\n# C#", ["2:A@0", "1:C#@1"]],
  ["up to three spaces before", "   # A\n    # code", ["1:A@0"]],
  ["no space after the marks", "#tag\n#1", []],
  ["seven marks", "####### A", []],
  ["nothing after the marks", "#\n##  ", []],
  ["a line below", "A\n===\n\nB\n-", ["1:A@0", "2:B@3"]],
  ["a line below two lines of text", "A\nB\n---", []],
  ["a rule after an empty line", "A\n\n---", []],
  ["a rule below a list, a quote and a table", "- A\n---\n> B\n---\n| C |\n---", []],
  ["a rule below text that goes on from a list", "- A\nB\n---", []],
  ["a comment in a code fence", "```sh\n# A\n```\n# B", ["1:B@3"]],
  ["a fence in a longer fence", "````\n```\n# A\n````\n# B", ["1:B@4"]],
  ["a fence of the other kind", "~~~\n```\n# A\n~~~\n# B", ["1:B@4"]],
  ["code in a line, not a fence", "```a``` b\n# B", ["1:B@1"]],
  ["a fence without end", "```\n# A", []],
  ["a heading in a comment", "<!--\n# A\n-->\n# B", ["1:B@3"]],
  ["a comment that ends in its line", "<!-- x -->\n# B", ["1:B@1"]],
  ["a heading in preformatted text", "<pre>\n# A\n</PRE>\n# B", ["1:B@3"]],
  ["a heading in a quote", "> # A", []],
];
test.each(CASES)("headings in Markdown: %s", (_, text, headings) => {
  expect(outline(text)).toEqual(headings);
});

const MARKUP: [markup: string, plain: string][] = [
  ["**Plan** for _Q3_ and ~~Q4~~", "Plan for Q3 and Q4"],
  ["[Notes](https://example.org/a) [b][ref]", "Notes b"],
  ["[![build](a.svg)](b) Tool", "build Tool"],
  ["`run([a][, b])` and `__init__`", "run([a][, b]) and __init__"],
  ['<a id="x"></a>Setup<!-- y -->', "Setup"],
  ["2 * 3 is snake_case \\*", "2 * 3 is snake_case *"],
  ["[ ] open [x] done", "[ ] open [x] done"],
  ["a\t  b", "a b"],
];
test.each(MARKUP)("the heading %s reads %s", (markup, plain) => {
  expect(outline(`# ${markup}`)).toEqual([`1:${plain}@0`]);
});

test("lines that are to be skipped hold no headings, but count", () => {
  expect(outline("A\n---\n# B", 2)).toEqual(["1:B@2"]);
});

test("reading stops at the first heading beyond the limit", () => {
  expect(readHeadings("# x\n".repeat(LIMITS.headings + 5), 0).length).toBe(LIMITS.headings + 1);
});
