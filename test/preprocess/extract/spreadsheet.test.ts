import { utils, write } from "@e965/xlsx";
import { expect, test } from "vitest";
import { detectContentType } from "../../../daemon/preprocess/detect.ts";
import { extract } from "../../../daemon/preprocess/extract.ts";

const BOOKS = ["xlsx", "xls", "ods"] as const;

function makeBook(kind: (typeof BOOKS)[number]): Buffer {
  const book = utils.book_new();
  const tasks = utils.aoa_to_sheet(
    [
      ["Tasks of the club"],
      [],
      ["Task", "Due", "Cost", "Done"],
      ["Call the notary", new Date(Date.UTC(2026, 11, 1)), 1234567890123, true],
      ["Buy seeds", new Date(Date.UTC(2026, 11, 4, 9, 30)), 0.25, false],
    ],
    { UTC: true, cellDates: true },
  );
  utils.book_append_sheet(book, tasks, "Open");
  utils.book_append_sheet(book, utils.aoa_to_sheet([["secret"]]), "Lists");
  utils.book_append_sheet(book, utils.aoa_to_sheet([]), "Empty");
  book.Workbook = { Sheets: [{ Hidden: 0 }, { Hidden: 1 }, { Hidden: 0 }] };
  return Buffer.from(write(book, { type: "array", bookType: kind, cellDates: true }));
}

test.each(BOOKS)(
  "%s: tables with exact dates and numbers, without what is hidden",
  async (kind) => {
    const bytes = makeBook(kind);
    const result = await extract({ bytes, name: "a", content_type: detectContentType("a", bytes) });
    if (result.outcome !== "document") throw new Error(result.reason);
    const { text, warnings } = result.document;
    expect(text).toContain("## Open\n\nTasks of the club\n\n| Task | Due | Cost | Done |");
    expect(text).toContain("| Call the notary | 2026-12-01 | 1234567890123 | TRUE |");
    expect(text).toMatch(/\| Buy seeds \| 2026-12-04 09:30 \| 0\.25 \| FALSE \|/u);
    // The writer of OpenDocument files does not keep that a sheet is hidden.
    if (kind === "ods") return;
    expect(text).not.toContain("secret");
    expect(warnings).toEqual([
      { code: "hidden_sheet", message: "Sheets that the file hides were left out: Lists." },
    ]);
  },
);
