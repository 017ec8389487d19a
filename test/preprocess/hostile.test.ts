import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { RunnerError } from "../../daemon/core/errors.ts";
import { openIsolate } from "../../daemon/preprocess/isolate.ts";
import { preprocess } from "../../daemon/preprocess/preprocess.ts";
import { documentSchema } from "../../daemon/protocol/document.ts";
import { makeDocx, p } from "../helper/docx.ts";
import { makePdf, paragraph } from "../helper/pdf.ts";
import { makeZip } from "../helper/zip.ts";

const isolate = openIsolate();
afterAll(() => isolate[Symbol.asyncDispose]());

/** `document`, the reason it was skipped, or the code of the error. */
async function outcomeOf(content: string | Uint8Array, name: string): Promise<string> {
  const bytes = Buffer.from(content);
  const snapshot = { bytes, hash: "", size: bytes.length, mtime_ms: 0, ctime_ms: 0, inode: 0 };
  try {
    const result = await preprocess(snapshot, name, { isolate });
    if (result.outcome === "skipped") return result.reason;
    const { text, headings } = documentSchema.parse(result.document);
    const lines = text.split("\n");
    for (const heading of headings) expect(lines[heading.line]).toMatch(/\S/);
    expect(text).not.toMatch(/[\p{Cc}--[\t\n]]/v);
    return result.outcome;
  } catch (error) {
    if (error instanceof RunnerError && error.kind === "job") return error.code;
    throw error;
  }
}

const MEGABYTE = 1_000_000;
const large = (content: string): string => content.repeat(Math.ceil(MEGABYTE / 3 / content.length));
const header = "From: a@example.org\nMIME-Version: 1.0\n";

test.each<[what: string, name: string, make: () => string | Uint8Array, outcome: string]>([
  [
    "a part that unpacks to 100 MB",
    "a.docx",
    () => makeDocx(" ".repeat(100 * MEGABYTE)),
    "archive_limit",
  ],
  [
    "a part that unpacks to more than its size",
    "a.docx",
    () => makeZip([{ name: "word/document.xml", content: large("<a/>"), claims: { size: 100 } }]),
    "decoding_failed",
  ],
  [
    "parts that share their bytes",
    "a.docx",
    () => makeZip(["a", "b"].map((name) => ({ name, content: large("x"), claims: { offset: 0 } }))),
    "archive_limit",
  ],
  [
    "20,000 parts",
    "a.docx",
    () => makeZip(Array.from({ length: 20_000 }, (_, n) => ({ name: `${n}`, content: "" }))),
    "archive_limit",
  ],
  [
    "a part with a path that leads out",
    "a.docx",
    () => makeZip([{ name: "../../x", content: "x" }]),
    "decoding_failed",
  ],
  [
    "entities that multiply",
    "a.docx",
    () =>
      makeZip([
        {
          name: "word/document.xml",
          content: '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        },
      ]),
    "decoding_failed",
  ],
  ["tables in tables", "a.docx", () => makeDocx(large("<w:tbl><w:tr><w:tc>")), "decoding_failed"],
  [
    "tables in tables that end",
    "a.docx",
    () =>
      makeDocx(
        `${"<w:tbl><w:tr><w:tc>".repeat(20_000)}${p("x")}${"</w:tc></w:tr></w:tbl>".repeat(20_000)}`,
      ),
    "decoding_failed",
  ],
  [
    "half a million runs of text",
    "a.pdf",
    () => makePdf([`BT /F1 10 Tf ${"1 0 0 1 50 700 Tm (a) Tj\n".repeat(500_000)} ET`]),
    "document",
  ],
  ["a PDF that is nothing but its mark", "a.pdf", () => "%PDF-1.7\n", "decoding_failed"],
  ["elements in elements", "a.html", () => `${large("<div>")}x`, "document"],
  ["quotes in quotes", "a.html", () => large("<blockquote>x"), "document"],
  ["lists in lists", "a.html", () => large("<ul><li>x"), "document"],
  ["tables in tables", "a.html", () => large("<table><tr><td>a<td>b"), "document"],
  ["links that do not end", "a.html", () => `<a>${"<b><i>x".repeat(20_000)}`, "document"],
  ["hidden elements in hidden ones", "a.html", () => large("<div hidden>x"), "empty"],
  ["a style without end", "a.html", () => `<p style="${large("display :")}">x`, "document"],
  ["one long line", "a.html", () => large("word "), "document"],
  [
    "parts in parts",
    "a.eml",
    () =>
      `${header}Content-Type: multipart/mixed; boundary=b0\n\n${Array.from({ length: 10_000 }, (_, n) => `--b${n}\nContent-Type: multipart/mixed; boundary=b${n + 1}\n\n`).join("")}`,
    "decoding_failed",
  ],
  [
    "a header of many megabytes",
    "a.eml",
    () => `${header}X: ${large("x ").repeat(9)}\n\nHi`,
    "decoding_failed",
  ],
  [
    "ten thousand parts",
    "a.eml",
    () => `${header}Content-Type: multipart/mixed; boundary=b\n\n${"--b\n\nx\n".repeat(10_000)}`,
    "document",
  ],
  [
    "a character set that is none",
    "a.eml",
    () => `${header}Content-Type: text/plain; charset=x-none\n\nHi`,
    "document",
  ],
  ["quotes without end", "a.csv", () => `"${large('a"b,')}`, "document"],
  ["a row without end", "a.csv", () => large("a,"), "document"],
  ["lists in lists", "a.json", () => large("["), "document"],
  [
    "lists in lists that end",
    "a.json",
    () => "[".repeat(MEGABYTE) + "]".repeat(MEGABYTE),
    "document",
  ],
  ["elements in elements", "a.xml", () => large("<a>"), "document"],
])("%s (%s) come to a plain end", async (_, name, make, outcome) => {
  expect(await outcomeOf(make(), name)).toBe(outcome);
});

const WHOLE: Readonly<Record<string, Buffer>> = {
  "a.pdf": makePdf([
    paragraph(50, 700, ["Some words of a plan that is to be read", "and another line."]),
    [{ x: 50, y: 700, text: "Next page" }],
  ]),
  "a.docx": makeDocx(p("Plan") + `<w:tbl><w:tr><w:tc>${p("cell")}</w:tc></w:tr></w:tbl>`),
  "a.html": Buffer.from(
    "<title>t</title><main><h1>Plan</h1><ul><li>a<li>b</ul><table><tr><td>1<td>2</table>",
  ),
  "a.eml": Buffer.from(
    `${header}Subject: =?utf-8?q?x?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\nContent-Type: text/csv; name=a.csv\n\na,b\n1,2\n--b--\n`,
  ),
  "a.csv": Buffer.from('name,age\n"Ann, M.",30\n'),
  "a.json": Buffer.from('{"a":[1,2,{"b":"c"}]}'),
  "a.ipynb": Buffer.from('{"cells":[{"cell_type":"code","source":["a"],"outputs":[]}]}'),
  "a.xml": Buffer.from(
    "<rss><channel><title>t</title><item><title>i</title></item></channel></rss>",
  ),
};

const PLAIN_ENDS =
  "document empty no_text encrypted unsupported decoding_failed archive_limit".split(" ");

test("a file of which some bytes were changed, or the end is missing, comes to a plain end", async () => {
  const mutation = fc.record({
    name: fc.constantFrom(...Object.keys(WHOLE)),
    flips: fc.array(fc.tuple(fc.nat(5_000), fc.nat(255)), { maxLength: 8 }),
    end: fc.nat(5_000),
    isCut: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(mutation, async ({ name, flips, end, isCut }) => {
      const bytes = Buffer.from(WHOLE[name] ?? "");
      for (const [at, value] of flips) bytes[at % bytes.length] = value;
      const outcome = await outcomeOf(isCut ? bytes.subarray(0, end % bytes.length) : bytes, name);
      expect(PLAIN_ENDS).toContain(outcome);
    }),
    { numRuns: 300 },
  );
});
