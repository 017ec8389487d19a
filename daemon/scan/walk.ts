import { isUtf8 } from "node:buffer";
import { lstatSync, readdirSync, statSync, type Stats } from "node:fs";
import path from "node:path";
import { systemErrorCode } from "../core/errors.ts";
import { holdDirectory } from "../core/real-place.ts";
import type { Boundary, BoundaryReason } from "./boundary.ts";
import type { Candidate } from "./filter.ts";
import { type FileStats, toFileStats } from "./fingerprint.ts";
import { listPartial } from "./ignore.ts";

/** A file that a walk found. */
export type WalkedFile =
  | { path: string; name: string; kind: Candidate["kind"]; stats: FileStats }
  /** The file is there, but the system refuses its stats. */
  | { path: string; name: string; kind: "unreadable"; stats: null; code: string };

export type WalkStep =
  /** A directory that was read. Iterate `files` only once; it reads the stats of each file in turn. */
  | {
      kind: "directory";
      directory: string;
      /** Whether it is on another file system than the directory above. */
      is_mount: boolean;
      files: Iterable<WalkedFile>;
    }
  /** A directory that was left out with everything below it. */
  | { kind: "stopped"; directory: string; reason: BoundaryReason | "name_not_utf8" }
  | { kind: "unreadable"; directory: string; code: string };

interface Entry {
  name: string;
  isDirectory(): boolean;
}

const OR_UNDEFINED = { throwIfNoEntry: false } as const;
const REPLACEMENT = "\uFFFD";

/**
 * Walks a directory and, level by level, everything below it within the boundary.
 *
 * Synchronous and lazy: holds the names of one directory in memory. Follows no symbolic link below the root. Gives a step
 * for a directory that cannot be read instead of throwing. Escapes the bytes of names that are not UTF-8
 * (`caf\xE9.txt`), since no string can open them.
 *
 * @param only gives only the files with these names directly in `start`, and goes no deeper
 */
export function* walk(
  boundary: Boundary,
  start: string,
  only?: ReadonlySet<string>,
): Generator<WalkStep> {
  const above = start === boundary.root ? undefined : deviceOf(path.dirname(start));
  const ahead = [{ directory: start, above }];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    const { directory } = next;
    const names: string[] = [];
    let device: number | undefined;
    let listing: ReturnType<typeof readDirectory>;
    try {
      using held = holdDirectory(directory, boundary.root);
      device = deviceOf(held.path);
      listing = readDirectory(held.path);
    } catch (error) {
      yield { kind: "unreadable", directory, code: systemErrorCode(error) ?? "UNKNOWN" };
      continue;
    }
    const partial = listPartial(listing.entries.map(({ name }) => name));
    for (const entry of listing.entries) {
      if (!entry.isDirectory()) {
        if (only === undefined || only.has(entry.name)) names.push(entry.name);
        continue;
      }
      if (only !== undefined) continue;
      const inner = path.join(directory, entry.name);
      const reason = boundary.stops(inner);
      if (reason === undefined) ahead.push({ directory: inner, above: device });
      else yield { kind: "stopped", directory: inner, reason };
    }
    for (const entry of listing.unnamable) {
      if (!entry.isDirectory()) continue;
      const inner = path.join(directory, escapeName(entry.name));
      yield { kind: "stopped", directory: inner, reason: "name_not_utf8" };
    }
    const files = boundary.holdsOwn(directory)
      ? []
      : statFiles(
          directory,
          names,
          partial,
          listing.unnamable.filter((entry) => !entry.isDirectory()),
        );
    const is_mount = next.above !== undefined && device !== undefined && next.above !== device;
    yield { kind: "directory", directory, is_mount, files };
  }
}

/** The device of a directory; undefined: unknown. */
function deviceOf(directory: string): number | undefined {
  try {
    return statSync(directory).dev;
  } catch {
    return undefined;
  }
}

function readDirectory(directory: string) {
  const entries: Entry[] = readdirSync(directory, { withFileTypes: true });
  if (!entries.some((entry) => entry.name.includes(REPLACEMENT))) return { entries, unnamable: [] };
  const raw = readdirSync(directory, { withFileTypes: true, encoding: "buffer" });
  return {
    entries: raw
      .filter((entry) => isUtf8(entry.name))
      .map((entry) => ({ name: entry.name.toString(), isDirectory: () => entry.isDirectory() })),
    unnamable: raw.filter((entry) => !isUtf8(entry.name)),
  };
}

function* statFiles(
  directory: string,
  names: readonly string[],
  partial: ReadonlySet<string>,
  unnamable: readonly { name: Buffer }[],
): Generator<WalkedFile> {
  const prefix = directory.endsWith(path.sep) ? directory : directory + path.sep;
  for (const name of names) {
    const file = statFile(prefix + name, name);
    if (file === undefined) continue;
    yield file.kind === "file" && partial.has(name) ? { ...file, kind: "partial" } : file;
  }
  for (const { name } of unnamable) {
    const shown = escapeName(name);
    const file = statFile(prefix + shown, shown, Buffer.concat([Buffer.from(prefix), name]));
    if (file === undefined) continue;
    yield file.kind === "unreadable" ? file : { ...file, kind: "name_not_utf8" };
  }
}

/** Reads the stats of a file; undefined if it vanished or became a directory since its directory was read. */
export function statFile(
  file: string,
  name: string,
  address: string | Buffer = file,
): WalkedFile | undefined {
  try {
    const stats = findStats(address);
    if (stats === undefined || stats.isDirectory()) return undefined;
    const kind = stats.isFile() ? "file" : stats.isSymbolicLink() ? "symlink" : "other";
    return { path: file, name, kind, stats: toFileStats(stats) };
  } catch (error) {
    const code = systemErrorCode(error) ?? "UNKNOWN";
    return { path: file, name, kind: "unreadable", stats: null, code };
  }
}

/** What is at a path now. Does not follow a symbolic link at the end of the path. */
export function lookAt(place: string): "missing" | "directory" | "symlink" | "file" | "unknown" {
  try {
    const stats = findStats(place);
    if (stats === undefined) return "missing";
    if (stats.isDirectory()) return "directory";
    return stats.isSymbolicLink() ? "symlink" : "file";
  } catch {
    return "unknown";
  }
}

function findStats(address: string | Buffer): Stats | undefined {
  try {
    return lstatSync(address, OR_UNDEFINED);
  } catch (error) {
    // A directory of the path became a file.
    if (systemErrorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

function escapeName(name: Buffer): string {
  return name
    .toString("latin1")
    .replace(/[\u0080-\u00FF]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}
