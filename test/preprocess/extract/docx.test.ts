import { expect, test } from "vitest";
import { extract } from "../../../daemon/preprocess/extract.ts";
import { makeDocx, p, r } from "../../helper/docx.ts";

const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const read = (bytes: Buffer) => extract({ bytes, name: "a.docx", content_type: WORD });
async function documentOf(bytes: Buffer) {
  const result = await read(bytes);
  if (result.outcome !== "document") throw new Error(`expected a document, got ${result.reason}`);
  return result.document;
}

const STYLES =
  '<w:styles><w:style w:styleId="Kop1"><w:name w:val="heading 1"/></w:style>' +
  '<w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="Kop1"/></w:style></w:styles>';
const NUMBERING =
  '<w:numbering><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/>' +
  '<w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/>' +
  '<w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum>' +
  '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>' +
  '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>' +
  '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>';
const item = (text: string, number: number, depth = 0): string =>
  p(text, `<w:numPr><w:ilvl w:val="${depth}"/><w:numId w:val="${number}"/></w:numPr>`);

test("the name of a style makes headings, and the numbering makes lists", async () => {
  const body =
    p("Plan", '<w:pStyle w:val="Kop1"/>') +
    p("Part", '<w:pStyle w:val="Mine"/>') +
    p("Some text.") +
    item("first", 1) +
    item("inner", 1, 1) +
    item("second", 1) +
    item("dot", 2) +
    p("Set out", '<w:outlineLvl w:val="2"/>');
  const { text, headings } = await documentOf(
    makeDocx(body, { "styles.xml": STYLES, "numbering.xml": NUMBERING }),
  );
  expect(text).toBe(
    "# Plan\n\n# Part\n\nSome text.\n\n1. first\n  1.a) inner\n2. second\n- dot\n\n### Set out\n",
  );
  expect(headings).toEqual([
    { level: 1, text: "Plan", line: 0 },
    { level: 1, text: "Part", line: 2 },
    { level: 3, text: "Set out", line: 11 },
  ]);
});

test("tracked changes are taken as accepted, and hidden text is left out and counted", async () => {
  const body =
    `<w:p>${r("Call ")}<w:del>${r("Bob").replaceAll("w:t", "w:delText")}</w:del><w:ins>${r("Ann")}</w:ins>` +
    `<w:moveFrom>${r("moved")}</w:moveFrom>${r(" secretly", "<w:vanish/>")}${r(" done", "<w:strike/>")}</w:p>`;
  const { text, warnings } = await documentOf(makeDocx(body));
  expect(text).toBe("Call Ann~~ done~~\n");
  expect(warnings).toEqual([
    { code: "hidden_text", message: "Text that the document hides was left out: 9 characters." },
  ]);
});

test("a table of data is a table; one that lays out a page is its paragraphs", async () => {
  const cell = (content: string, span = "") => `<w:tc><w:tcPr>${span}</w:tcPr>${content}</w:tc>`;
  const row = (...cells: string[]) => `<w:tr>${cells.join("")}</w:tr>`;
  const data = `<w:tbl>${row(cell(p("Item")), cell(p("Due")))}${row(
    cell(p("Seeds") + p("and tools")),
    cell(p("a|b")),
  )}${row(cell(p("All of it"), '<w:gridSpan w:val="2"/>'))}</w:tbl>`;
  const layout = `<w:tbl>${row(cell(p("One column") + p("of paragraphs")))}</w:tbl>`;
  const { text } = await documentOf(makeDocx(data + layout));
  expect(text).toBe(
    "| Item | Due |\n| --- | --- |\n| Seeds; and tools | a\\|b |\n| All of it |  |\n\n" +
      "One column\n\nof paragraphs\n",
  );
});

test("notes and comments follow the text", async () => {
  const body = `<w:p>${r("A claim")}<w:r><w:footnoteReference w:id="2"/></w:r></w:p>`;
  const { text } = await documentOf(
    makeDocx(body, {
      "footnotes.xml": `<w:footnotes><w:footnote w:id="0">${p("unused")}</w:footnote><w:footnote w:id="2">${p("Its source")}</w:footnote></w:footnotes>`,
      "comments.xml": `<w:comments><w:comment w:id="1" w:author="Ann" w:date="2026-11-19T10:00:00Z">${p("Is it so?")}</w:comment></w:comments>`,
    }),
  );
  expect(text).toBe(
    "A claim[^2]\n\n[^2]: Its source\n\n## Comments\n\n- Ann, 2026-11-19: Is it so?\n",
  );
});

test("a formula is written on a line, a text box once", async () => {
  const fraction =
    "<m:oMath><m:r><m:t>x</m:t></m:r><m:r><m:t>=</m:t></m:r><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num>" +
    "<m:den><m:r><m:t>b+c</m:t></m:r></m:den></m:f></m:oMath>";
  const box =
    `<w:p><w:r><mc:AlternateContent><mc:Choice>${p("In a box")}</mc:Choice>` +
    `<mc:Fallback>${p("In a box")}</mc:Fallback></mc:AlternateContent></w:r></w:p>`;
  const { text } = await documentOf(makeDocx(`<w:p>${fraction}</w:p>${box}`));
  expect(text).toBe("x=a/(b+c)\n\nIn a box\n");
});

test("title, author and dates are kept", async () => {
  const core =
    '<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t"><dc:title>Garden</dc:title>' +
    "<dc:creator>Ann</dc:creator><dcterms:modified>2026-11-19T10:00:00Z</dcterms:modified></cp:coreProperties>";
  const { title, metadata } = await documentOf(
    makeDocx(p("Text"), {}, [{ name: "docProps/core.xml", content: core }]),
  );
  expect(title).toBe("Garden");
  expect(metadata).toEqual({ title: "Garden", author: "Ann", date: "2026-11-19T10:00:00Z" });
});

test("a document with a password is skipped", async () => {
  const secret = { name: "x.bin", content: "x", claims: { encrypted: true } };
  expect(await read(makeDocx(p("Text"), {}, [secret]))).toEqual({
    outcome: "skipped",
    reason: "encrypted",
  });
});

test("an archive that is no document fails", async () => {
  await expect(read(makeDocx("<w:p>"))).rejects.toMatchObject({ code: "decoding_failed" });
});
