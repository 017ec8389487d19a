import { expect, test } from "vitest";
import { detectContentType } from "../../../daemon/preprocess/detect.ts";
import { extract } from "../../../daemon/preprocess/extract.ts";
import { makeZip } from "../../helper/zip.ts";

async function read(name: string, content: string | Uint8Array) {
  const bytes = Buffer.from(content);
  return extract({ bytes, name, content_type: detectContentType(name, bytes) });
}
async function documentOf(name: string, content: string | Uint8Array) {
  const result = await read(name, content);
  if (result.outcome !== "document") throw new Error(result.reason);
  return result.document;
}

const BOOK = (others: { name: string; content: string }[] = []) =>
  makeZip([
    { name: "mimetype", content: "application/epub+zip" },
    {
      name: "META-INF/container.xml",
      content:
        '<container xmlns="c"><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
    },
    {
      name: "OPS/book.opf",
      content:
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Gardens</dc:title><dc:creator>Ann</dc:creator></metadata>' +
        '<manifest><item id="a" href="one%20a.xhtml"/><item id="b" href="text/two.xhtml"/></manifest>' +
        '<spine><itemref idref="b"/><itemref idref="a"/><itemref idref="missing"/></spine></package>',
    },
    { name: "OPS/one a.xhtml", content: "<html><body><h1>One</h1><p>last</p></body></html>" },
    { name: "OPS/text/two.xhtml", content: "<html><body><h1>Two</h1><p>first</p></body></html>" },
    ...others,
  ]);

test("a book is read in the order of its chapters, and one that is locked is not", async () => {
  expect(await documentOf("a.epub", BOOK())).toMatchObject({
    title: "Gardens",
    text: "# Two\n\nfirst\n\n# One\n\nlast\n",
    headings: [{ line: 0 }, { line: 4 }],
    metadata: { author: "Ann" },
  });
  const lock = (file: string) =>
    `<encryption xmlns="e"><EncryptedData><CipherData><CipherReference URI="${file}"/></CipherData></EncryptedData></encryption>`;
  const name = "META-INF/encryption.xml";
  expect(await read("a.epub", BOOK([{ name, content: lock("OPS/a.xhtml") }]))).toEqual({
    outcome: "skipped",
    reason: "encrypted",
  });
  await documentOf("a.epub", BOOK([{ name, content: lock("OPS/font.otf") }]));
});

test("cues are joined to what was said, with their speakers", async () => {
  const vtt =
    "WEBVTT\n\nNOTE no\n\n1\n00:01.000 --> 00:02.000 align:left\n<v Ann>We <b>meet</b>\non Monday\n\n00:02.000 --> 00:03.000\n<v Ann>at ten &amp; not\n\n" +
    "00:03.000 --> 00:04.000\n<v Bob>at nine.\n\n00:40.000 --> 00:41.000\n<v Bob>Later.\n";
  expect((await documentOf("a.vtt", vtt)).text).toBe(
    "Ann: We meet on Monday at ten & not\n\nBob: at nine.\n\nBob: Later.\n",
  );
  const srt =
    "1\r\n00:00:01,000 --> 00:00:02,000\r\n{\\an8}I send\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\n<i>the plan.</i>\r\n";
  expect((await documentOf("a.srt", srt)).text).toBe("I send the plan.\n");
});

test("a to-do is a box with its date, an event has its dates, place and people", async () => {
  const lines = [
    "BEGIN:VCALENDAR",
    "X-WR-CALNAME:Club",
    "BEGIN:VTODO",
    "SUMMARY:Call the notary",
    "DUE;VALUE=DATE:20261204",
    "DESCRIPTION:about the\\nhouse",
    "END:VTODO",
    "BEGIN:VTODO",
    "SUMMARY:Paid",
    "STATUS:COMPLETED",
    "END:VTODO",
    "BEGIN:VEVENT",
    "SUMMARY:Meeting",
    "DTSTART;TZID=Europe/Berlin:20261201T100000",
    "DTEND;TZID=Europe/Berlin:20261201T113000",
    "LOCATION:Town hall",
    "ORGANIZER;CN=Ann:mailto:ann@example.org",
    "RRULE:FREQ=WEEKLY;BYDAY=TU",
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  const { text, title } = await documentOf("a.ics", lines.join("\r\n"));
  expect(title).toBe("Club");
  expect(text).toBe(
    "- [ ] Call the notary (due 2026-12-04)\n  Description:\n    about the\n    house\n- [x] Paid\n\n## Meeting\n\n" +
      "When: 2026-12-01 10:00 Europe/Berlin to 2026-12-01 11:30 Europe/Berlin\nRepeats: FREQ=WEEKLY;BYDAY=TU\nWhere: Town hall\nOrganizer: Ann <ann@example.org>\n",
  );
});

test("each mail of a mailbox is below its subject, and a line of text is no separator", async () => {
  const mail = (subject: string, text: string) =>
    `From ann@example.org Mon Nov 30 10:00:00 2026\nFrom: Ann <ann@example.org>\nSubject: ${subject}\nDate: Mon, 30 Nov 2026 10:00:00 +0000\n\n${text}\n\n`;
  const { text, headings } = await documentOf(
    "a.mbox",
    mail("One", "From now on at 10:00\nyes") + mail("Two", "no"),
  );
  expect(text).toBe(
    "## One\n\nFrom: Ann <ann@example.org>\nDate: 2026-11-30T10:00:00+00:00\n\nFrom now on at 10:00\nyes\n\n## Two\n\nFrom: Ann <ann@example.org>\nDate: 2026-11-30T10:00:00+00:00\n\nno\n",
  );
  expect(headings.map(({ text: heading }) => heading)).toEqual(["One", "Two"]);
});

test("the files of an archive are below their names, and what is not read is said", async () => {
  const bytes = makeZip([
    { name: "notes/a.md", content: "# A\n" },
    { name: "__MACOSX/._a.md", content: "noise" },
    { name: "b.bin", content: Buffer.from([0, 1, 2, 3, 255, 254]) },
    { name: "inner.zip", content: makeZip([{ name: "c.txt", content: "c" }]) },
  ]);
  expect(await documentOf("a.zip", bytes)).toMatchObject({
    text: "## notes/a.md\n\n# A\n",
    warnings: [
      {
        code: "attachment_unread",
        message: "Files in the archive that were not read: b.bin, inner.zip.",
      },
    ],
  });
  expect(await read("a.zip", makeZip([{ name: "b.bin", content: "\0\0\0" }]))).toMatchObject({
    reason: "unsupported",
  });
});

test.each([
  ["a PDF with lines before it", "a.pdf", "junk\n%PDF-1.7\n", "application/pdf"],
  ["a text about PDF", "a.txt", "It begins with %PDF-1.7\n", "text/plain"],
  ["a PDF that looks like UTF-16", "a.pdf", "%PDF-1.7\n\u0004\u0003", "application/pdf"],
  [
    "a spreadsheet named as a document",
    "a.docx",
    makeZip([{ name: "xl/workbook.xml", content: "<a/>" }]),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  ],
])("%s is known by its content", (_, name, content, expected) => {
  expect(detectContentType(name, Buffer.from(content))).toBe(expected);
});
