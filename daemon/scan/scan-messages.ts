import type { Paths } from "../core/paths.ts";
import type { Agent, Directory } from "../protocol/agent.ts";
import type { DirectoryCoverage } from "../protocol/verify.ts";
import type { FileError, SkipReason } from "../protocol/file.ts";
import type { FileStats } from "./fingerprint.ts";

/** The work for a thread. */
export interface ScanTask {
  work: { kind: "scan"; request: ScanRequest } | { kind: "coverage"; request: CoverageRequest };
  /** {@link TAKEN} and {@link BEGUN}, shared with the thread. */
  progress: Int32Array<SharedArrayBuffer>;
}

/** The place in `progress` of how many parts of the answer were handled. */
export const TAKEN = 0;
/** The place in `progress` of whether the thread began the task: 0 not yet, 1 begun, -1 it must not. */
export const BEGUN = 1;

export type TaskAnswer = ScanPart | CoverageReport;

/** The request for a scan. Plain data, since it goes to another thread. */
export interface ScanRequest {
  agent: Pick<Agent, "id" | "extensions" | "modified_after" | "max_file_bytes"> &
    Required<Pick<Agent, "conflict_copies">>;
  directories: readonly ScanDirectory[];
  places: Pick<Paths, "database" | "own" | "inbox">;
  /** Endings of names whose files no extractor reads, in lower case, for example `.jpg`. */
  unreadable_endings: readonly string[];
  /**
   * Scans only these files and everything below these directories; absolute. null: everything. A watched
   * directory inside another one is not part of it.
   */
  paths: readonly string[] | null;
  /** Scans only the files directly in the directories of `paths`, and notices directories that are gone. */
  shallow: boolean;
  /** Reports unchanged files that are done or failed as observed too. */
  force: boolean;
  /** How long a file must stay unchanged before it is read. 0: read it at once. */
  settle_ms: number;
  /** The same for a file that was done before. */
  resettle_ms: number;
}

/** A watched directory, or root. */
export interface ScanDirectory extends Pick<
  Directory,
  "path" | "max_depth" | "include" | "exclude"
> {
  /** The directory that was last scanned here; null: never scanned. */
  identity: { device: number; inode: number } | null;
  /** Where other file systems were mounted below it. */
  mounts: readonly string[];
}

/** The place of a reported file. */
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

/** A file to decide about: new, changed, touched, back again, not read before, or forced. */
export interface ObservedFile extends FilePlace {
  stats: FileStats;
  hash: string;
  /** When reading began. Stats that are less than a few seconds older prove nothing. */
  read_at_ms: number;
  /** Of its lines; left out: it was not read now. */
  sketch?: Uint8Array;
  /** The id of the file at another path that it was before it was renamed, and perhaps edited; left out: none. */
  was?: string;
}

/** A file that is skipped for a reason that the journal does not have yet. */
export interface SkippedFile extends FilePlace {
  /** null: not looked at, since its directory is left out. */
  stats: FileStats | null;
  reason: SkipReason;
}

/** A file that the system refuses to read. */
export interface UnreadableFile extends FilePlace {
  /** null: the system refuses its stats too. */
  stats: FileStats | null;
  error: FileError;
}

/** A file to look at again. */
export interface UnsettledFile extends FilePlace {
  stats: FileStats | null;
  /** A program still writes to it, or the disk or the system cannot give it now. */
  reason: "changing" | "unavailable";
  /** The earliest time at which it can have been unchanged for long enough. */
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
  /** How many files are done or failed, and unchanged. */
  unchanged: number;
  /** How many files are skipped for the same reason as before. */
  still_skipped: number;
}

/** A root after the scan. */
export interface ScannedRoot {
  path: string;
  /** Whether it was there to the end of the scan. If not, nothing is concluded about its missing files. */
  online: boolean;
  problem: FileError | null;
  /** null: the root was not there. */
  identity: { device: number; inode: number } | null;
  /** How many files were seen. */
  files: number;
  /** Where other file systems are mounted below it, or were and their files are known; null: not known now. */
  mounts: string[] | null;
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

/** The request for a count of the files on disk against the journal. */
export type CoverageRequest = Pick<ScanRequest, "agent" | "directories" | "places">;

export interface CoverageReport {
  kind: "coverage";
  directories: DirectoryCoverage[];
}

/** The most paths in a list of a report. */
export const LISTED_PATHS = 1000;
