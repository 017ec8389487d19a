import type { ScanResult, WatchedFolder } from "../trigger/watched-folder.ts";

/** A scan that found nothing. */
export const nothing = {
  observed: [],
  skipped: [],
  unreadable: [],
  unsettled: [],
  gone: [],
  unchanged: 0,
  still_skipped: 0,
  problems: [],
  ignored: [],
} satisfies Partial<ScanResult>;

export function pathsOf(items: readonly { relative_path: string }[]): string[] {
  return items.map((item) => item.relative_path).toSorted();
}

export function reasonsOf(result: ScanResult): Record<string, string> {
  return Object.fromEntries(result.skipped.map((file) => [file.relative_path, file.reason]));
}

export function idOf(watched: WatchedFolder, name: string): string {
  return `file_${watched.folder.file(name)}`;
}

let sizes = 100;

/** Content with another size each time, so that no test depends on the resolution of the clock. */
export function fresh(): string {
  sizes += 1;
  return "x".repeat(sizes);
}
