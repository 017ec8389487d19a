import { z } from "zod";

/** What of a file was not read, was lost or is not sure. Codes are public, and new versions may add some. */
export const warningSchema = z.object({
  code: z.string().describe("Stable: decide by it."),
  message: z.string().describe("What was not read or was lost."),
});
export type Warning = z.infer<typeof warningSchema>;

// The messages of versions that wrote no codes.
const CODES: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/^Only the first \d+ characters /u, "truncated"],
  [/^Only the first \d+ headings /u, "headings_beyond_limit"],
  [/^Only the first \d+ (?:rows|lines) /u, "rows_beyond_limit"],
  [/^Only the first \d+ of \d+ columns /u, "columns_beyond_limit"],
  [/^Only the first \d+ of \d+ pages /u, "pages_beyond_limit"],
  [/^Page \d+ holds too much/u, "page_truncated"],
  [/pages could not be read\.$/u, "pages_unread"],
  [/pages had no text/u, "pages_without_text"],
  [/metadata was too long/u, "metadata_truncated"],
  [/^Characters that could not be read/u, "lossy_decoding"],
  [/^The encoding is a guess/u, "encoding_guessed"],
  [/characters were removed/u, "characters_removed"],
  [/hides was left out/u, "hidden_text"],
  [/^Attachments that were not read/u, "attachment_unread"],
  [/^A quoted value does not end/u, "quote_unclosed"],
  [/^It is not valid JSON/u, "invalid_json"],
  [/^Lines that are not valid JSON/u, "invalid_json_lines"],
  [/^The front matter was left/u, "front_matter_unread"],
];

/** A warning as it is stored; older versions stored its message alone. */
export function toWarning(stored: Warning | string): Warning {
  if (typeof stored !== "string") return stored;
  // A part of a mail has its name before its warning.
  const said = stored.replace(/^.*?: (?=[A-Z])/u, "");
  const known = CODES.find(([pattern]) => pattern.test(stored) || pattern.test(said));
  return { code: known?.[1] ?? "unspecified", message: stored };
}

/** The limits that end the work on a file before all of it is recorded. */
export const LIMITS_REACHED = [
  "iterations_beyond_limit",
  "repeated_calls",
  "calls_beyond_limit",
  "changes_beyond_limit",
  "foreign_changes_beyond_limit",
  "records_beyond_limit",
] as const;
export type LimitReached = (typeof LIMITS_REACHED)[number];

/** Whether a limit ended the work on a file. */
export function isCapped(warnings: readonly Warning[]): boolean {
  return warnings.some(({ code }) => (LIMITS_REACHED as readonly string[]).includes(code));
}
