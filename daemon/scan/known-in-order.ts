import type { KnownFile } from "./known-files.ts";

/** The known files of one directory. Take each only once. */
export interface KnownInOrder {
  take(path: string): KnownFile | undefined;
  /** The files that were not taken. */
  rest(): Iterable<KnownFile>;
}

/**
 * Finds known files by path. The system mostly lists a directory in the order in which its files became
 * known, so this tries the next row first, and builds a map of the rest only when that fails.
 */
export function openKnownInOrder(rows: readonly KnownFile[]): KnownInOrder {
  let next = 0;
  let left: Map<string, KnownFile> | undefined;
  return {
    take(path) {
      if (left === undefined) {
        const row = rows[next];
        if (row?.path === path) {
          next += 1;
          return row;
        }
        left = new Map(rows.slice(next).map((each) => [each.path, each]));
      }
      const row = left.get(path);
      left.delete(path);
      return row;
    },
    rest: () => left?.values() ?? rows.slice(next),
  };
}
