import { expect, test } from "vitest";
import { extract } from "../../../daemon/preprocess/extract.ts";
import { makeZip } from "../../helper/zip.ts";

const SPACES =
  'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" ' +
  'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" ' +
  'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0" ' +
  'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"';

async function read(body: string, styles = "", others: Record<string, string> = {}) {
  const content = `<office:document-content ${SPACES}><office:automatic-styles>${styles}</office:automatic-styles><office:body>${body}</office:body></office:document-content>`;
  const parts = Object.entries(others).map(([name, text]) => ({ name, content: text }));
  const bytes = makeZip([{ name: "content.xml", content }, ...parts]);
  return extract({
    bytes,
    name: "a.odt",
    content_type: "application/vnd.oasis.opendocument.text",
  });
}

async function documentOf(...args: Parameters<typeof read>) {
  const result = await read(...args);
  if (result.outcome !== "document") throw new Error(`expected a document, got ${result.reason}`);
  return result.document;
}

test("headings, spaces, lists with bullets and numbers, and tables are as a person sees them", async () => {
  const styles =
    '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1"/></text:list-style>' +
    '<text:list-style style:name="L2"><text:list-level-style-bullet text:level="1"/></text:list-style>';
  const list = (style: string, ...items: string[]) =>
    `<text:list text:style-name="${style}">${items.map((item) => `<text:list-item><text:p>${item}</text:p></text:list-item>`).join("")}</text:list>`;
  const row = (...cells: string[]) =>
    `<table:table-row>${cells.map((cell) => `<table:table-cell>${cell}</table:table-cell>`).join("")}</table:table-row>`;
  const { text, headings, title } = await documentOf(
    `<office:text><text:h text:outline-level="2">Garden  plan</text:h><text:p>Buy<text:s text:c="3"/>seeds\n now<text:line-break/>today</text:p>` +
      `${list("L1", "one", "two")}${list("L2", "dot")}<table:table>${row("<text:p>Task</text:p>", "<text:p>Due</text:p>")}` +
      `${row("<text:p>Dig</text:p><text:p>and rake</text:p>", "<text:p>2026-12-01</text:p>")}` +
      `<table:table-row><table:table-cell table:number-columns-repeated="1000"/></table:table-row></table:table></office:text>`,
    styles,
  );
  expect(text).toBe(
    "## Garden plan\n\nBuy seeds now\ntoday\n\n1. one\n2. two\n- dot\n\n| Task | Due |\n| --- | --- |\n| Dig; and rake | 2026-12-01 |\n",
  );
  expect(headings).toEqual([{ level: 2, text: "Garden plan", line: 0 }]);
  expect(title).toBe("Garden plan");
});

test("deleted text is left out, hidden text is left out and counted, notes and comments follow", async () => {
  const { text, warnings, metadata } = await documentOf(
    "<office:text><text:tracked-changes><text:p>gone</text:p></text:tracked-changes>" +
      '<text:p>Seen<text:span text:style-name="H">secret</text:span><text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>' +
      "<text:note-body><text:p>A source</text:p></text:note-body></text:note><office:annotation><dc:creator>Ann</dc:creator>" +
      "<dc:date>2026-11-30T10:00:00</dc:date><text:p>Is it so?</text:p></office:annotation></text:p></office:text>",
    '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>',
    {
      "meta.xml": `<office:document-meta ${SPACES}><dc:title>Plan</dc:title><meta:keyword>a</meta:keyword><meta:keyword>b</meta:keyword></office:document-meta>`,
    },
  );
  expect(text).toBe("Seen[^1]\n\n[^1]: A source\n\n## Comments\n\n- Ann, 2026-11-30: Is it so?\n");
  expect(warnings).toEqual([
    { code: "hidden_text", message: "Text that the document hides was left out: 6 characters." },
  ]);
  expect(metadata).toEqual({ title: "Plan", keywords: "a, b" });
});

test("slides have their number, title and notes, and hidden ones are left out and said", async () => {
  const slide = (title: string, text: string, style = "S") =>
    `<draw:page draw:style-name="${style}"><draw:frame presentation:class="title"><draw:text-box><text:p>${title}</text:p></draw:text-box></draw:frame>` +
    `<draw:frame><draw:text-box><text:p>${text}</text:p></draw:text-box></draw:frame>` +
    "<presentation:notes><draw:frame><draw:text-box><text:p>Say hello</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>";
  const { text, warnings, title } = await documentOf(
    `<office:presentation>${slide("Start", "Words")}${slide("Hidden", "No", "H")}</office:presentation>`,
    '<style:style style:name="H"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>',
  );
  expect(text).toBe("## Slide 1: Start\n\nWords\n\nNotes: Say hello\n");
  expect(title).toBe("Start");
  expect(warnings).toEqual([
    { code: "hidden_slide", message: "Slides that the file hides were left out: 1." },
  ]);
});

test("a file with a password is skipped as encrypted", async () => {
  const manifest =
    '<manifest:manifest xmlns:manifest="m"><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>';
  expect(await read("", "", { "META-INF/manifest.xml": manifest })).toEqual({
    outcome: "skipped",
    reason: "encrypted",
  });
});
