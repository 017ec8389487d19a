import fc from "fast-check";
import { expect, test } from "vitest";
import { toInert } from "../../../daemon/cli/export/inert.ts";
import { HOSTILE_STRINGS } from "../../helper/hostile-strings.ts";
import { findLive } from "../../helper/live-markdown.ts";
import { findDrawn, VIEWERS } from "../../helper/markdown-viewers.ts";

test.each(HOSTILE_STRINGS.map((text) => [text.slice(0, 60), text]))(
  "%j becomes inert",
  (_, text) => {
    const inert = toInert(text);
    expect(findLive(inert)).toEqual([]);
    expect(findDrawn(inert)).toEqual({});
    expect(inert).not.toMatch(/<%|[\u202a-\u202e\u2066-\u2069\u200b]/u);
    expect(toInert(inert)).toBe(inert);
  },
);

test("many hostile texts, one after the other, are inert together", () => {
  const whole = HOSTILE_STRINGS.map(toInert).join("\n\n");
  expect(findLive(whole)).toEqual([]);
  expect(findDrawn(whole)).toEqual({});
});

test("each viewer would have shown what is live, and those that know formulas are ones of their own", () => {
  const seen = HOSTILE_STRINGS.flatMap((text) => Object.keys(findDrawn(text)));
  expect(new Set(seen)).toEqual(new Set(Object.keys(VIEWERS)));
  const swallowed = "$a`$ ![x](http://evil.example/) `b";
  expect([findLive(swallowed), Object.keys(findDrawn(swallowed))]).toEqual([
    [],
    Object.keys(VIEWERS).filter((name) => name.includes("KaTeX")),
  ]);
});

// Logseq, org and Pandoc know markup of their own; what is escaped here is text for them.
test.each([
  ['[:img {:src "http://evil.example/"}]', '\\[:img {:src "http://evil.example/"}]'],
  ["http://a.example[:img {}]", "http://a.example\\[ :img {}]"],
  ["@@html: x@@", "\\@\\@html: x\\@\\@"],
  ["#+BEGIN_EXPORT html\nx\n#+END_EXPORT", "\\#+BEGIN_EXPORT html\nx\n\\#+END_EXPORT"],
  ["> 1. #+include: /etc/passwd", "> 1. \\#+include: /etc/passwd"],
  ["`<img src=x>`{=html}", "`<img src=x>`\\{=html}"],
  ["```{=html}\n<img src=x>\n```", "```text (=html)\n<img src=x>\n```"],
  ["\\input{/etc/passwd} \\input /etc/passwd", "\\\\input{/etc/passwd} \\\\input /etc/passwd"],
  ["\\(a `\\) ![x](y) `b", "&lpar;a `\\) ![x](y) `b"],
  ["\\[\n\na `\\] ![x](y) `b", "&lbrack;\n\na `\\] ![x](y) `b"],
  ["#a` ![x](y) `b", "#a\\` !\\[x\\](y) \\`b"],
  ["**a `** ![x](y) `b", "**a \\`** !\\[x\\](y) \\`b"],
  ["`a\n![x](y)`", "\\`a\n!\\[x\\](y)\\`"],
])("%j becomes %j", (text, inert) => {
  expect(toInert(text)).toBe(inert);
});

const HARMLESS = [
  '# A heading\n\nWith **bold**, _italic_, ~~struck~~, `code` and a [link](https://x.example/a?b=c#d "Title").',
  "- [ ] open\n- [x] done\n  - below\n    1. number\n       more of it",
  "| a | b |\n| :-- | --: |\n| 1 | `x` |",
  "```js\nconst a = `<b>${x}</b>`; // [[1, 2]] ![x](y)\n```",
  "1. Run it:\n\n   ```sh\n   a < b && echo \"$HOME\" | grep '[[:alpha:]]'\n   ```\n\n2. Done",
  "~~~\n<html>\n~~~",
  "Text:\n\n    indented code\n    of two lines",
  "> [!note] A callout\n> with text\n\n---\n\nHeading\n=======",
  "Costs $5 and $10, 50% of 3 < 4 > 2 & more; a@b.example, <https://x.example> and https://x.example/a_b?c=%20.",
  "A note[^1] with `<b>`, `a[[0]]`, `%%` and `=>`.\n\n[^1]: See page 3 of the book.",
  "[site]: https://x.example\n\nSee [site] and [this][site].",
  "Mail [Ann](mailto:ann@x.example), at 10:30: bring C:\\Temp and 1 + 1 = 2! [see below](#heading)",
  "Line one  \nline two\\\nline three\n\n* star\n+ plus",
];

test.each(HARMLESS)("%j keeps its bytes", (text) => {
  expect(toInert(text)).toBe(text);
});

const harmless = fc.array(fc.constantFrom(...HARMLESS), { minLength: 1, maxLength: 6 });

test("harmless texts keep their bytes together", () => {
  fc.assert(
    fc.property(harmless, (texts) => {
      const text = texts.join("\n\n").trim();
      expect(toInert(text)).toBe(text);
    }),
  );
});

const token = fc.constantFrom(
  ..."` `` ``` ~~~ ~ \n \n\n > - * _ 1. | # [ ] ( ) ! ![ ]( ]: < </ <!-- --> <% %> <a> <img/src=x> \\ \\\\ & &#91; ; : // $ $$ %% {{ = $= @import".split(
    " ",
  ),
  " ",
  "    ",
  "\t",
  "  ",
  "\n",
  "\n",
  "a",
  "word",
  "| --- | --- |\n",
  "![x](http://evil.example/)",
  "<img src=x>",
  "[x](javascript:a)",
  "[r]: javascript:a",
  "[r]: https://a",
  "http://a",
  "www.a.b",
  "a@b.c",
  "mailto:",
  '"',
  "'",
  "[^1]",
  "[^1]:",
  "dataviewjs",
  "{r}",
  "\\(",
  "\\)",
  "\\[",
  "\\]",
  "\\begin{aligned}",
  "\\end{aligned}",
  "\n$$\n",
  "\n```\n",
  "#tag",
  "**",
  "{=html}",
);

test("no text made of marks is live in any reading, and a second time changes nothing", () => {
  fc.assert(
    fc.property(fc.array(token, { maxLength: 30, size: "max" }), (tokens) => {
      const inert = toInert(tokens.join(""));
      expect(findLive(inert)).toEqual([]);
      expect(findDrawn(inert)).toEqual({});
      expect(inert).not.toContain("<%");
      expect(toInert(inert)).toBe(inert);
    }),
    { numRuns: Number(process.env["INERT"] ?? 100) },
  );
});

test("what one viewer takes for code, and another for the end of an address, is disarmed", () => {
  expect(toInert("www.a.example/`<a@b.example>`")).toBe("www.a.example/`&lt;a@b.example>`");
});
