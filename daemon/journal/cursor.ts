import { RunnerError } from "../core/errors.ts";

/**
 * Where a page ended, as an opaque text. It holds the sort key of the last item, not a count, so that a
 * page stays right while rows are added.
 */
export function toCursor(key: number | string): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** @throws {RunnerError} invalid_request for a text that is no cursor of this kind */
export function fromCursor(cursor: string, kind: "number"): number;
export function fromCursor(cursor: string, kind: "string"): string;
export function fromCursor(cursor: string, kind: "number" | "string"): number | string {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (typeof key === "number" && kind === "number") return key;
    if (typeof key === "string" && kind === "string") return key;
  } catch {
    // Falls through to the one answer for every text that is not ours.
  }
  throw new RunnerError(
    "invalid_request",
    `cursor: got ${JSON.stringify(cursor)}, expected next_cursor of a page before.`,
    {
      hint: "Leave cursor out to begin at the first page.",
    },
  );
}

/** Cuts the one item that was read beyond the page and says where the next page begins. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  key: (row: Row) => number | string,
  toItem: (row: Row) => Item,
): { items: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    next_cursor: rows.length > limit && last !== undefined ? toCursor(key(last)) : null,
  };
}
