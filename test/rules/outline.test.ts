import fc from "fast-check";
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { expect, test } from "vitest";
import { plainText } from "../../daemon/rules/markup.ts";
import { type Outline, readOutline } from "../../daemon/rules/outline.ts";
import { documentOf, outlineOf } from "./input.ts";

/** Blocks as "kind level text", with the box of an item. */
function shown({ blocks }: Outline): string[] {
  return blocks.map(({ kind, level, lines, box }) =>
    [kind, level, ...(box === null ? [] : [box]), lines.join(" / ")].join(" "),
  );
}

test("the outline has headings, nested items with their boxes and paragraphs in their order", () => {
  const text = [
    "Title",
    "=====",
    "Some text",
    "on two lines.",
    "## Part ##",
    "- [ ] one",
    "  that goes on",
    "  - [x] **two**",
    "    1. [-] three",
    "* four",
    "",
    "  more of four",
    "",
    "**Label**",
    "Ann:",
    "+ five",
  ].join("\n");
  expect(shown(outlineOf(text))).toEqual([
    "heading 1 Title",
    "paragraph 0 Some text / on two lines.",
    "heading 2 Part",
    "item 0 open one / that goes on",
    "item 1 done two",
    "item 2 cancelled three",
    "item 0 four",
    "paragraph 1 more of four",
    "label 6 Label",
    "label 7 Ann:",
    "item 0 five",
  ]);
});

test("code, quotes, HTML, comments and quoted mails give no blocks, and tables give rows", () => {
  const text = [
    "```md",
    "- [ ] fenced",
    "```",
    "- item",
    "  ~~~",
    "  - [ ] fenced in an item",
    "  ~~~",
    "> - [ ] quoted",
    "| task | due |",
    "| --- | --- |",
    "| - [ ] table | a\\|b |",
    "<div>",
    "<!--",
    "- [ ] commented",
    "-->",
    "",
    "Text",
    "",
    "    - [ ] indented",
    "",
    "-----Original Message-----",
    "- [ ] replied to",
  ].join("\n");
  expect(shown(outlineOf(text))).toEqual([
    "item 0 item",
    "row 0 task / due",
    "row 1 - [ ] table / a\\|b",
    "paragraph 0 Text",
  ]);
});

test("in plain text, capitals and known words are labels, and an indented line is text", () => {
  const text = "ACTION ITEMS\n\nNext steps\n\n    Ann to call\n12. of May\n";
  expect(shown(outlineOf(text, { content_type: "text/plain" }))).toEqual([
    "label 6 ACTION ITEMS",
    "label 6 Next steps",
    "paragraph 0 Ann to call / 12. of May",
  ]);
});

test("a heading found by an extractor is a heading", () => {
  const headings = [{ level: 2, text: "Costs", line: 0 }];
  const outline = outlineOf("Costs\nText.", { content_type: "application/pdf", headings });
  expect(shown(outline)).toEqual(["heading 2 Costs", "paragraph 0 Text."]);
});

test("front matter in the text is not part of the outline", () => {
  expect(shown(outlineOf("---\ntodo: [x\n---\nText."))).toEqual(["paragraph 0 Text."]);
  expect(outlineOf("---\nA rule above.\n---\n").bodyStart).toBe(0);
});

test.each([
  ["application/yaml", "playbook.yml", "tasks:\n- name: install"],
  ["text/plain", "queue.py", "# Tasks\n- [ ] one"],
])("%s called %s says nothing", (content_type, name, text) => {
  expect(readOutline(documentOf(text, { content_type }), name).blocks).toEqual([]);
});

test.each([
  ["a **bold *and* italic** word", "a bold and italic word"],
  [
    "[a link](https://example.com/a_b), [another][ref] and [[page|its name]]",
    "a link, another and its name",
  ],
  ["[![image](a.png)](b) `**code**` \\*stars\\*", "image **code** *stars*"],
  ["2*3*4, snake_case_name, __init__ and ~~gone~~", "2*3*4, snake_case_name, init and gone"],
  ["<b>bold</b> and <https://example.com>", "bold and https://example.com"],
])("%j reads %j", (line, text) => {
  expect(plainText(line)).toBe(text);
});

const word = fc.constantFrom("plan", "budget", "42", "Ann", "[x]", "#tag", "2. two");
const words = fc.array(word, { minLength: 1, maxLength: 4 }).map((all) => `x ${all.join(" ")}`);
const item = fc
  .tuple(fc.constantFrom("- ", "* ", "+ "), fc.constantFrom("", "[ ] ", "[x] "), words)
  .map((parts) => parts.join(""));
const list = fc.array(fc.tuple(fc.nat(3), item), { minLength: 1, maxLength: 6 }).map((items) => {
  let depth = -1;
  return items.map(([wanted, line]) => {
    depth = Math.min(wanted, depth + 1);
    return "  ".repeat(depth) + line;
  });
});
const decoy = fc.constantFrom("- [ ] no", "# no", "no", "");
const block = fc.oneof(
  list,
  words.map((text) => [`## ${text}`]),
  words.map((text) => [text, "---"]),
  fc.array(words, { minLength: 1, maxLength: 3 }),
  fc.array(decoy).map((lines) => ["```", ...lines, "```"]),
  fc.array(decoy).map((lines) => ["~~~~ md", ...lines, "```", "~~~~"]),
  fc.array(decoy, { minLength: 1 }).map((lines) => lines.map((line) => `> ${line}`)),
  fc.constant(["    - [ ] no"]),
  fc.constant(["* * *"]),
);

test("headings and boxes are on the lines where a CommonMark parser finds them", () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 8 }), (blocks) => {
      const text = blocks.map((lines) => lines.join("\n")).join("\n\n");
      const seen = outlineOf(text).blocks.flatMap(({ kind, level, first, box }) =>
        kind === "heading" || box !== null ? [[first, kind === "heading" ? level : box]] : [],
      );
      expect(seen).toEqual(readWithParser(text));
    }),
    { numRuns: 300 },
  );
});

function readWithParser(text: string): (string | number)[][] {
  const found: (string | number)[][] = [];
  const walk = (node: Nodes): void => {
    const line = (node.position?.start.line ?? 0) - 1;
    if (node.type === "blockquote") return;
    if (node.type === "heading") found.push([line, node.depth]);
    if (node.type === "listItem" && typeof node.checked === "boolean") {
      found.push([line, node.checked ? "done" : "open"]);
    }
    if ("children" in node) node.children.forEach(walk);
  };
  walk(fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }));
  return found;
}
