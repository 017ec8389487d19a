import type { KnownFile } from "./known-files.ts";

/** The known files of one directory, each to be asked for once. */
export interface KnownInOrder {
  take(path: string): KnownFile | undefined;
  /** Those that were not asked for. */
  rest(): Iterable<KnownFile>;
}

/**
 * Calls up known files by path. The system lists a directory in the same order each time, in which its
 * files have become known, so that the next one is mostly the one that is asked for; where it is not, a map
 * is made of what is left.
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
