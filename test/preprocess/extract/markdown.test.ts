import { expect, test } from "vitest";
import { extractMarkdown } from "../../../daemon/preprocess/extract/markdown.ts";

const extract = (text: string) =>
  extractMarkdown({ bytes: Buffer.from(text), name: "a.md", content_type: "text/markdown" });

test("lines of headings count in the text without front matter", () => {
  const document = extract("---\r\ntitle: Plan\r\ntags: [a, b]\r\n---\r\nIntro\r\n\r\n## Next\r\n");
  expect(document).toEqual({
    title: "Plan",
    text: "Intro\n\n## Next\n",
    headings: [{ level: 2, text: "Next", line: 2 }],
    metadata: { title: "Plan", tags: ["a", "b"] },
    warnings: [],
  });
  expect(document.text.split("\n")[2]).toBe("## Next");
});

test.each([
  ["the front matter's title", "---\ntitle: A\n---\n# B", "A"],
  ["its title on one line", "---\ntitle: |\n  A\n  B\n---\n", "A B"],
  ["the first heading of level 1", "## C\n# B\n# D", "B"],
  ["the first heading of any level", "text\n### D\n## C", "D"],
  ["a heading where the given title is a list", "---\ntitle: [A]\n---\n# B", "B"],
  ["none", "text", null],
])("the title is %s", (_, text, title) => {
  expect(extract(text).title).toBe(title);
});

test("broken front matter gives no headings, and what follows it does", () => {
  const { title, text, headings, warnings } = extract("---\na: [b\n---\n# C");
  expect(text).toBe("---\na: [b\n---\n# C");
  expect([title, headings]).toEqual(["C", [{ level: 1, text: "C", line: 3 }]]);
  expect(warnings.length).toBe(1);
});

test("a file of nothing but front matter keeps it as its text", () => {
  const { text, title } = extract("---\ntitle: Call Ann\n---\n\n");
  expect([text, title]).toEqual(["---\ntitle: Call Ann\n---\n\n", "Call Ann"]);
});
