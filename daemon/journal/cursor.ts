import { RunnerError } from "../core/errors.ts";

/** The sort key of an item: its number; its path, with its number for equal paths; or its agent and path. */
export type PageKey =
  | number
  | readonly [path: string, seq: number]
  | readonly [agentId: string, path: string];

/**
 * The end of a page as an opaque text. It holds the sort key of the last item instead of a count, so that the
 * next page is right even if rows were added.
 */
export function toCursor(key: PageKey): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** @throws {RunnerError} invalid_request if the text is not a cursor of this kind */
export function fromCursor(cursor: string): number {
  const key = parse(cursor);
  if (typeof key === "number") return key;
  throw notOurs(cursor);
}

/** @throws {RunnerError} invalid_request if the text is not a cursor of this kind */
export function fromPathCursor(cursor: string): [path: string, seq: number] {
  const key = parse(cursor);
  if (Array.isArray(key) && key.length === 2) {
    const [path, seq]: unknown[] = key;
    if (typeof path === "string" && typeof seq === "number") return [path, seq];
  }
  throw notOurs(cursor);
}

/** @throws {RunnerError} invalid_request if the text is not a cursor of this kind */
export function fromDirectoryCursor(cursor: string): [agentId: string, path: string] {
  const key = parse(cursor);
  if (Array.isArray(key) && key.length === 2) {
    const [agentId, path]: unknown[] = key;
    if (typeof agentId === "string" && typeof path === "string") return [agentId, path];
  }
  throw notOurs(cursor);
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw notOurs(cursor);
  }
}

/** The error for a cursor that no page ended with. */
export function notOurs(cursor: string): RunnerError {
  return new RunnerError(
    "invalid_request",
    `Expected cursor to be next_cursor of an earlier page, got ${JSON.stringify(cursor)}.`,
    { hint: "Leave cursor out to begin at the first page." },
  );
}

/** Makes a page of rows that were read with a limit of one more than the page has. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  key: (row: Row) => PageKey,
  toItem: (row: Row) => Item,
): { items: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    next_cursor: rows.length > limit && last !== undefined ? toCursor(key(last)) : null,
  };
}
