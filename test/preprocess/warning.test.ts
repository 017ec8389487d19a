import { expect, test } from "vitest";
import { parseDocument } from "../../daemon/protocol/document.ts";

const MESSAGES: [message: string, code: string][] = [
  ["Only the first 4000000 characters were read.", "truncated"],
  ["Only the first 2000 headings were kept.", "headings_beyond_limit"],
  ["Only the first 20000 rows were read.", "rows_beyond_limit"],
  ["Only the first 20000 lines were read.", "rows_beyond_limit"],
  ["Only the first 500 of 601 columns were read.", "columns_beyond_limit"],
  ["Only the first 500 of 900 pages were read.", "pages_beyond_limit"],
  ["Page 3 holds too much; only its beginning was read.", "page_truncated"],
  ["2 of 3 pages could not be read.", "pages_unread"],
  ["2 of 3 pages had no text; they may be pictures.", "pages_without_text"],
  ["Some of the file's metadata was too long and was cut.", "metadata_truncated"],
  ["Characters that could not be read as utf-8: 1.", "lossy_decoding"],
  ["The encoding is a guess: windows-1251.", "encoding_guessed"],
  ["Control characters were removed: 14.", "characters_removed"],
  ["Text that the page hides was left out: 18 characters.", "hidden_text"],
  ["Attachments that were not read: photo.png.", "attachment_unread"],
  ["A quoted value does not end; rows after it may be wrong.", "quote_unclosed"],
  ["It is not valid JSON, and was read as plain text.", "invalid_json"],
  ["Lines that are not valid JSON: 1; they stand as they are.", "invalid_json_lines"],
  ["The front matter was left in the text, since it could not be read: x.", "front_matter_unread"],
  ["report.csv: Only the first 20000 rows were read.", "rows_beyond_limit"],
  ["Something that no version says.", "unspecified"],
];

test.each(MESSAGES)("the warning of an older document, %j, gets the code %s", (message, code) => {
  const stored = { text: "", warnings: [message, { code: "new", message: "As it is now." }] };
  expect(parseDocument(JSON.stringify(stored)).warnings).toEqual([
    { code, message },
    { code: "new", message: "As it is now." },
  ]);
});
