import type { Paths } from "../core/paths.ts";
import type { Agent, Directory } from "../protocol/agent.ts";
import type { DirectoryCoverage } from "../protocol/api.ts";
import type { FileError, SkipReason } from "../protocol/file.ts";
import type { FileStats } from "./fingerprint.ts";

/** What a scan is asked: plain data, since it goes to a thread of its own. */
export interface ScanRequest {
  agent: Pick<Agent, "id" | "extensions" | "modified_after" | "max_file_bytes">;
  directories: readonly ScanDirectory[];
  places: Pick<Paths, "database" | "own" | "inbox">;
  /** Endings of names whose content no extractor reads, lower case, e.g. `.jpg`. */
  unreadable_endings: readonly string[];
  /**
   * Only these files, and what is below these directories; absolute. null: everything. A watched directory
   * inside another is none of what is below it.
   */
  paths: readonly string[] | null;
  /** Of directories in `paths`, only the files directly in them; a directory below that is gone is noticed. */
  shallow: boolean;
  /** Reports files that are done, or failed, and have not changed as observed too. */
  force: boolean;
  /** How long a file must be left alone before it is taken. 0: it is taken at once. */
  settle_ms: number;
  /** The same for a file that was done before. */
  resettle_ms: number;
}

/** A watched directory, or root. */
export interface ScanDirectory extends Pick<
  Directory,
  "path" | "max_depth" | "include" | "exclude"
> {
  /** What it was when it was last scanned; null: never. */
  identity: { device: number; inode: number } | null;
}

/** Where a reported file is. */
export interface FilePlace {
  /** The watched directory it is under. */
  root: string;
  path: string;
  /** The directory it is in. */
  parent: string;
  name: string;
  /** Below the root, with `/`. */
  relative_path: string;
  /** Its id in the journal; null: new. */
  known: string | null;
}

/** A file to decide about: new, changed, touched, back again, not read so far, or wanted by force. */
export interface ObservedFile extends FilePlace {
  stats: FileStats;
  hash: string;
  /** When reading began; of stats that are no older than that by a few seconds, nothing may be concluded. */
  read_at_ms: number;
}

/** A file that is not read, for a reason the journal does not know yet. */
export interface SkippedFile extends FilePlace {
  /** null: it was not looked at, for the directory it is in is left out. */
  stats: FileStats | null;
  reason: SkipReason;
}

/** A file that the system refuses. */
export interface UnreadableFile extends FilePlace {
  /** null: not even its stats can be had. */
  stats: FileStats | null;
  error: FileError;
}

/** A file to look at again. */
export interface UnsettledFile extends FilePlace {
  stats: FileStats | null;
  /** Still written to, or on a disk or a system that cannot give it now. */
  reason: "changing" | "unavailable";
  /** The earliest time at which it can have been left alone long enough. */
  settles_at_ms: number;
}

/** Some hundred findings; every file is in at most one. */
export interface ScanBatch {
  kind: "batch";
  observed: ObservedFile[];
  skipped: SkippedFile[];
  unreadable: UnreadableFile[];
  unsettled: UnsettledFile[];
  /** Ids of known files that were deleted. */
  gone: string[];
  /** How many files are as the journal knows them: done or failed. */
  unchanged: number;
  /** How many are skipped for the reason the journal knows. */
  still_skipped: number;
}

/** A root after the scan. */
export interface ScannedRoot {
  path: string;
  /** Whether it was there, to the end of the scan. Nothing is said of files under one that was not. */
  online: boolean;
  problem: FileError | null;
  /** null: not there. */
  identity: { device: number; inode: number } | null;
  /** How many files were seen. */
  files: number;
}

/** The last part of a scan. */
export interface ScanSummary {
  kind: "summary";
  roots: ScannedRoot[];
  /** Directories below a root that could not be read; the first 1000. */
  problems: (FileError & { path: string })[];
  /** Directories that are left out, with all below them; the first 1000. */
  ignored: { path: string; reason: string }[];
}

export type ScanPart = ScanBatch | ScanSummary;

/** What a count of disk against journal is asked. */
export type CoverageRequest = Pick<ScanRequest, "agent" | "directories" | "places">;

export interface CoverageReport {
  kind: "coverage";
  directories: DirectoryCoverage[];
}

/** How many paths a list in a report holds at most. */
export const LISTED_PATHS = 1000;
