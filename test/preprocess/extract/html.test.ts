import { expect, test } from "vitest";
import { extract } from "../../../daemon/preprocess/extract.ts";

async function documentOf(html: string | Uint8Array) {
  const bytes = Buffer.from(html);
  const result = await extract({ bytes, name: "a.html", content_type: "text/html" });
  if (result.outcome !== "document") throw new Error(`expected a document, got ${result.reason}`);
  return result.document;
}
const textOf = async (html: string) => (await documentOf(html)).text;

const MENU = "<ul><li><a href=/>Home</a><li><a>Shop</a><li><a>News</a><li><a>Contact</a></ul>";
const PROSE = `<p>${"The garden behind the house is to be planted in May. ".repeat(5)}</p>`;

test("a page is its content, with what it says of itself as metadata", async () => {
  const { text, title, headings, metadata } = await documentOf(
    `<!doctype html><title>Plan - Garden</title><meta name=author content="Ann Miller">
     <meta property="article:published_time" content="2026-11-19T10:00:00Z"><link rel=canonical href="https://example.org/plan">
     <nav>${MENU}</nav><div class="cookie-banner">We use cookies</div>
     <main><header><h1>Plan</h1></header>${PROSE}<h2>Next <em>steps</em></h2><p>Call Ann.</main>
     <aside>Related</aside><footer>Imprint</footer>`,
  );
  expect(text).toMatch(/^# Plan\n\nThe garden [^]*May\.\n\n## Next steps\n\nCall Ann\.\n$/);
  expect(title).toBe("Plan");
  expect(headings).toEqual([
    { level: 1, text: "Plan", line: 0 },
    { level: 2, text: "Next steps", line: 4 },
  ]);
  expect(metadata).toEqual({
    author: "Ann Miller",
    date: "2026-11-19T10:00:00Z",
    url: "https://example.org/plan",
  });
});

test.each([
  ["menus of a page without marks of its parts", `<div>${MENU}</div><div>${PROSE}</div>`],
  ["the header and footer of a page", `<header>Shop</header>${PROSE}<footer>Imprint</footer>`],
  ["an element beside it by its role", `<div role=navigation>${MENU}</div>${PROSE}`],
])("%s are left out", async (_, html) => {
  expect(await textOf(html)).toMatch(/^The garden [^]*May\.\n$/);
});

test("a page that is nothing but links keeps them", async () => {
  expect(await textOf(MENU)).toBe("- Home\n- Shop\n- News\n- Contact\n");
});

test("a small main part is not taken for the page", async () => {
  expect(await textOf(`<main>Loading</main><div>${PROSE.repeat(5)}</div>`)).toContain("garden");
});

test.each([
  ["paragraphs and line breaks", "<p>a\n b<br>c</p>d<div>e</div>", "a b\nc\n\nd\n\ne\n"],
  [
    "lists in lists, with their numbers",
    "<ol start=3><li>a<ul><li>b</ul><li>c</ol>",
    "3. a\n   - b\n4. c\n",
  ],
  [
    "boxes to tick",
    "<ul><li><input type=checkbox>a<li><input type=checkbox checked> b</ul>",
    "- [ ] a\n- [x] b\n",
  ],
  ["quotes", "<blockquote><p>a<p>b</blockquote>c", "> a\n>\n> b\n\nc\n"],
  ["code", "<pre>\nif a:\n    b\n</pre>", "```\nif a:\n    b\n```\n"],
  ["what is struck out", "<p><s>a</s> b", "~~a~~ b\n"],
  [
    "a table of data",
    "<table><tr><th>a<th>b<tr><td>c<ul><li>d<li>e</ul><td>f|g</table>",
    "| a | b |\n| --- | --- |\n| c; d; e | f\\|g |\n",
  ],
  [
    "a table that lays out the page",
    "<table><tr><td><h2>a</h2>b<td><table><tr><td>c</table></table>",
    "## a\n\nb\n\nc\n",
  ],
  ["a formula by its text", '<p>x <math alttext="a^2"><mi>a</mi><mn>2</mn></math></p>', "x a^2\n"],
  [
    "nothing of scripts and styles",
    "<p>a<script>b</script><style>c</style><noscript>d</noscript>",
    "a\n",
  ],
])("%s are kept as a person sees them", async (_, html, text) => {
  expect(await textOf(html)).toBe(text);
});

test("what the page hides is left out, and how much that was is said", async () => {
  const { text, warnings } = await documentOf(
    `<p>Seen<p hidden>secret<p style="color:red;display: none">secret<p style="font-size:0px">secret` +
      `<p>a\u200b&#x200b;b<span style="font-size:0.8em"> small</span>`,
  );
  expect(text).toBe("Seen\n\nab small\n");
  expect(warnings).toEqual([
    { code: "characters_removed", message: "Invisible characters were removed: 1." },
    { code: "hidden_text", message: "Text that the page hides was left out: 18 characters." },
    { code: "characters_removed", message: "Invisible characters were removed: 1." },
  ]);
});

test("the encoding that a page declares is the one it is read in", async () => {
  const html = Buffer.concat([
    Buffer.from('<meta charset="windows-1251"><p>'),
    Buffer.from([0xcf, 0xeb, 0xe0, 0xed]),
  ]);
  expect(await documentOf(html)).toMatchObject({ text: "План\n", warnings: [] });
});
