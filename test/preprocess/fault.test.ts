import { expect, test } from "vitest";
import { detectContentType } from "../../daemon/preprocess/detect.ts";
import { extract } from "../../daemon/preprocess/extract.ts";

/* What a stranger's files met: the source is read whole, in its own encoding, and only what is text goes on. */

async function documentOf(name: string, content: string | Uint8Array) {
  const bytes = Buffer.from(content);
  const result = await extract({ bytes, name, content_type: detectContentType(name, bytes) });
  if (result.outcome !== "document") throw new Error(result.reason);
  return result.document;
}

/** What a picture is in base64: the same for the same length. */
function base64(chars: number): string {
  const bytes = Buffer.alloc(Math.ceil((chars * 3) / 4));
  for (const index of bytes.keys()) bytes[index] = (index * 7919 + (index >> 3) * 31) % 256;
  return bytes.toString("base64").slice(0, chars);
}

test.each([
  [
    "a page with fonts inside",
    "a.html",
    `<style>@font-face{src:url(data:font/woff2;base64,${base64(4_800_000)})}</style><p>The end.</p>`,
    /^The end\.\n$/u,
  ],
  [
    "a page with a picture inside",
    "a.html",
    `<p>First.</p><img src="data:image/png;base64,${base64(4_800_000)}"><p>Last.</p>`,
    /First\.\n\nLast\./u,
  ],
  [
    "a notebook with a plot",
    "a.ipynb",
    JSON.stringify({
      cells: [
        {
          cell_type: "code",
          source: "1",
          outputs: [{ data: { "image/png": base64(4_800_000), "text/plain": "plot" } }],
        },
        { cell_type: "markdown", source: "# End" },
      ],
    }),
    /plot[^]*# End/u,
  ],
  [
    "JSON with a picture",
    "a.json",
    JSON.stringify({ picture: base64(4_800_000), last: "here" }),
    /characters of data[^]*"last": "here"/u,
  ],
])("%s is read to its end", async (_, name, content, expected) => {
  const { text } = await documentOf(name, content);
  expect(text).toMatch(expected);
  expect(text.length).toBeLessThan(1_000);
});

test.each([
  ["Markdown", "a.md", `# A\n\n![p](data:image/png;base64,${base64(5_000)})\n\n## B\n`, 5_022],
  ["a card", "a.vcf", `BEGIN:VCARD\nFN:Ann\nPHOTO;ENCODING=b:${base64(5_000)}\nEND:VCARD\n`, 5_000],
  [
    "a text with a key in lines",
    "a.txt",
    `Key:\n${base64(640).replaceAll(/.{64}/gu, "$&\n")}End\n`,
    640,
  ],
])("data in %s is left out, and it is said how much", async (_, name, content, chars) => {
  const { text, warnings, headings } = await documentOf(name, content);
  expect(text).toContain(`[${chars} characters of data]`);
  expect(text.length).toBeLessThan(200);
  expect(warnings).toMatchObject([{ code: "binary_left_out" }]);
  const lines = text.split("\n");
  for (const heading of headings) expect(lines[heading.line]).toContain(heading.text);
});

test.each([
  ["a long word", "a".repeat(400)],
  ["numbers", "0123456789".repeat(40)],
  ["a sequence", "ACGT".repeat(100)],
  ["long names", `${"SomeVeryLongName1_".repeat(10)}\n`.repeat(3)],
])("%s is no data", async (_, text) => {
  expect((await documentOf("a.txt", text)).warnings).toEqual([]);
});

const HEAD =
  "From: Ann <ann@example.org>\nMessage-ID: <1@x>\nDate: Mon, 30 Nov 2026 10:00:00 +0000\n";
const latin1 = (text: string) => Buffer.from(text, "latin1");
const JAPANESE = Buffer.concat([
  Buffer.from(`${HEAD}Subject: x\n\n`),
  Buffer.from([0x1b, 0x24, 0x42, 0x24, 0x22, 0x1b, 0x28, 0x42, 0x0a]),
]);

test.each<[string, Uint8Array, string, string]>([
  [
    "cp1252 without a charset",
    latin1(
      `${HEAD}Subject: Gr\u00fc\u00dfe aus M\u00fcnchen\n\nK\u00f6nnten Sie die \u00dcbersicht f\u00fcr M\u00fcller schicken?\n`,
    ),
    "Grüße aus München",
    "Könnten Sie die Übersicht für Müller schicken?\n",
  ],
  [
    "UTF-8 without a charset",
    Buffer.from(`${HEAD}Subject: Grüße\n\nfür Müller\n`),
    "Grüße",
    "für Müller\n",
  ],
  [
    "UTF-8 under another name",
    Buffer.from(`${HEAD}Subject: x\nContent-Type: text/plain; charset=iso-2022-jp\n\nテスト\n`),
    "x",
    "テスト\n",
  ],
  [
    "a page with its own charset",
    latin1(
      `${HEAD}Subject: x\nContent-Type: text/html\n\n<meta charset=windows-1251><p>\u00cf\u00f0\u00e8\u00e2\u00e5\u00f2</p>\n`,
    ),
    "x",
    "Привет\n",
  ],
  ["Japanese escapes without a charset", JAPANESE, "x", "あ\n"],
  [
    "UTF-16",
    Buffer.from(`\ufeff${HEAD}Subject: Grüße\n\nfür Müller\n`, "utf16le"),
    "Grüße",
    "für Müller\n",
  ],
  [
    "lines that end with CR",
    Buffer.from(`${HEAD}Subject: x\n\none\ntwo\n`.replaceAll("\n", "\r")),
    "x",
    "one\ntwo\n",
  ],
  ["blank lines above", Buffer.from(`\n\n${HEAD}Subject: x\n\none\n`), "x", "one\n"],
])("a mail in %s is read as it was written", async (_, bytes, title, text) => {
  expect(await documentOf("a.eml", bytes)).toMatchObject({ title, text });
});

test("a long string with many escapes is read, and quotes in it do not end it", async () => {
  const value = String.raw`\"\u00fc\\`.repeat(400_000);
  const { text } = await documentOf("a.json", JSON.stringify({ value, last: 'a"b\\' }));
  expect(text.length).toBeGreaterThan(3_000_000);
  expect((await documentOf("a.json", String.raw`{"a":"\\\"x\u00fc\\","b":1}`)).text).toBe(
    '{\n  "a": "\\\\\\"xü\\\\",\n  "b": 1\n}\n',
  );
});

test("JSON and XML have characters instead of their numbers", async () => {
  const json = String.raw`{"a": "M\u00fcller \u65e5 \/ \"x\"\n"}`;
  expect((await documentOf("a.json", json)).text).toBe('{\n  "a": "Müller 日 / \\"x\\"\\n"\n}\n');
  const xml =
    '<?xml version="1.0"?><a><b>M&#252;ller &amp; S&#xF6;hne &unknown;</b><![CDATA[<p>as it is &amp;]]></a>';
  expect((await documentOf("a.xml", xml)).text).toContain(
    "<b>Müller & Söhne &unknown;</b><p>as it is &amp;</a>",
  );
});

test("cells over several rows and columns are in their columns, and a split header is one row", async () => {
  const cell = (text: string, span = "") => `<td${span}>${text}</td>`;
  const row = (...cells: string[]) => `<tr>${cells.join("")}</tr>`;
  const { text } = await documentOf(
    "a.html",
    `<table>${row(cell("Task", " rowspan=2"), cell("When", " colspan=2"))}${row(cell("from"), cell("to"))}` +
      `${row(cell("Dig", " rowspan=2"), cell("May"), cell("June"))}${row(cell("July"), cell("August"))}${row(cell("Rest", " colspan=99999"))}</table>`,
  );
  expect(text.split("\n").slice(0, 4)).toEqual(
    [
      "| Task | When from | When to |",
      "| --- | --- | --- |",
      "| Dig | May | June |",
      "| Dig | July | August |",
    ].map((line) =>
      expect.stringMatching(new RegExp(`^${line.replaceAll("|", "\\|").slice(0, -2)}`, "u")),
    ),
  );
});

test("a quote that does not end does not swallow the rows below it", async () => {
  const { text, warnings } = await documentOf(
    "a.csv",
    'task,due\n"Send the plan,2026-12-01\nBook,2026-12-02\n',
  );
  expect(text).toContain("| Send the plan | 2026-12-01 |\n| Book | 2026-12-02 |");
  expect(warnings).toMatchObject([{ code: "quote_unclosed" }]);
});
