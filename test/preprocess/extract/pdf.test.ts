import { afterAll, expect, test } from "vitest";
import { openIsolate } from "../../../daemon/preprocess/isolate.ts";
import { makePdf, paragraph } from "../../helper/pdf.ts";

const isolate = openIsolate();
afterAll(() => isolate[Symbol.asyncDispose]());

const read = (bytes: Buffer) =>
  isolate.extract({ bytes, name: "a.pdf", content_type: "application/pdf" });
async function documentOf(bytes: Buffer) {
  const result = await read(bytes);
  if (result.outcome !== "document") throw new Error(`expected a document, got ${result.reason}`);
  return result.document;
}

test("lines are put together to the paragraphs they were broken from", async () => {
  const { text, title, headings, metadata, warnings } = await documentOf(
    makePdf(
      [
        [
          { x: 50, y: 740, text: "Garden plan", size: 20 },
          ...paragraph(50, 700, [
            "The garden behind the house is to be planted before the first of May, and",
            "the people who take part in it share the work that it makes among them-",
            "selves. Well-known kinds of flowers and herbs come first, and then well-",
            "known trees. What else grows there is left to the people who are develop-",
            "ing the rest.",
          ]),
          ...paragraph(50, 620, ["Ann Miller", "12 Long Street", "Berlin"]),
          ...paragraph(50, 560, ["\u0095 Order seeds", "\u0095 Call Bob"]),
        ],
      ],
      { info: "/Title (Garden) /Author (Ann) /CreationDate (D:20261119143000+01'00')" },
    ),
  );
  expect(text).toBe(
    "# Garden plan\n\n" +
      "The garden behind the house is to be planted before the first of May, and the people who take part in it " +
      "share the work that it makes among themselves. Well-known kinds of flowers and herbs come first, and then " +
      "well-known trees. What else grows there is left to the people who are developing the rest.\n\n" +
      "Ann Miller\n12 Long Street\nBerlin\n\n" +
      "- Order seeds\n- Call Bob\n",
  );
  expect(title).toBe("Garden");
  expect(headings).toEqual([{ level: 1, text: "Garden plan", line: 0 }]);
  expect(metadata).toEqual({ title: "Garden", author: "Ann", date: "2026-11-19", pages: "1" });
  expect(warnings).toEqual([]);
});

test("two columns are read one after the other", async () => {
  const left = Array.from(
    { length: 6 },
    (_, n) => `left line ${n} says what its author had to say,`,
  );
  const right = Array.from(
    { length: 6 },
    (_, n) => `right line ${n} goes on about the same thing,`,
  );
  const { text } = await documentOf(
    makePdf([[...paragraph(50, 700, left), ...paragraph(330, 700, right)]]),
  );
  expect(text.indexOf("left line 5")).toBeLessThan(text.indexOf("right line 0"));
});

test("a table has a line for each row, in whichever order its cells were written", async () => {
  const cells = [
    ["Item", "Price", "Due"],
    ["Seeds", "12.50", ""],
    ["Tools", "", "2026-12-01"],
  ];
  const at = (row: number, column: number) => ({
    x: 50 + 150 * column,
    y: 700 - 20 * row,
    text: cells[row]?.[column] ?? "",
  });
  const byRow = [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => at(row, column)));
  const byColumn = [0, 1, 2].flatMap((column) => [0, 1, 2].map((row) => at(row, column)));
  for (const lines of [byRow, byColumn]) {
    const { text } = await documentOf(makePdf([lines.filter((line) => line.text !== "")]));
    expect(text).toBe(
      "| Item | Price | Due |\n| --- | --- | --- |\n| Seeds | 12.50 |  |\n| Tools |  | 2026-12-01 |\n",
    );
  }
});

test("what every page repeats is read once, page numbers never, and a sentence goes on", async () => {
  const pages = [1, 2, 3].map((page) => [
    { x: 50, y: 770, text: "Garden club, minutes" },
    {
      x: 50,
      y: 700,
      text: page === 1 ? "The members of the club met and" : `went on with point ${page} and`,
    },
    { x: 300, y: 20, text: `${page} of 3` },
  ]);
  const { text } = await documentOf(makePdf(pages));
  expect(text).toBe(
    "Garden club, minutes\n\nThe members of the club met and went on with point 2 and went on with point 3 and\n",
  );
});

test("pages without text are counted; a file of nothing else is skipped", async () => {
  const { warnings } = await documentOf(makePdf([[{ x: 50, y: 700, text: "Words" }], [], []]));
  expect(warnings).toEqual([
    { code: "pages_without_text", message: "2 of 3 pages had no text; they may be pictures." },
  ]);
  expect(await read(makePdf([[], []]))).toEqual({ outcome: "skipped", reason: "no_text" });
});

test("a file that needs a password is skipped", async () => {
  const trailer =
    `/ID [<${"0".repeat(32)}> <${"0".repeat(32)}>] /Encrypt << /Filter /Standard /V 1 /R 2 ` +
    `/O <${"11".repeat(32)}> /U <${"22".repeat(32)}> /P -4 >>`;
  const encrypted = makePdf([[{ x: 50, y: 700, text: "Words" }]], { trailer });
  expect(await read(encrypted)).toEqual({ outcome: "skipped", reason: "encrypted" });
});

test("a file cut off in the middle gives the rest of its text, or fails", async () => {
  const whole = makePdf([[{ x: 50, y: 700, text: "Words" }], [{ x: 50, y: 700, text: "More" }]]);
  const { text } = await documentOf(whole.subarray(0, whole.length - 15));
  expect(text).toContain("Words");
  await expect(read(whole.subarray(0, 40))).rejects.toMatchObject({ code: "decoding_failed" });
});
