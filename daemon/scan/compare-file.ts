import type { SkipReason } from "../protocol/file.ts";
import type { Batcher } from "./batcher.ts";
import { relativePath } from "./boundary.ts";
import type { Filter } from "./filter.ts";
import { compareWithOriginal } from "./conflict.ts";
import { findFormer } from "./former-file.ts";
import { hashFile, isUnchanged, isUnavailable, sameStats } from "./fingerprint.ts";
import type { KnownFile, KnownFiles } from "./known-files.ts";
import {
  type ReadableFile,
  reportObserved,
  reportRefused,
  reportSkipped,
  reportUnsettled,
} from "./report-file.ts";
import type { ScanRequest, UnsettledFile } from "./scan-messages.ts";
import { statFile, type WalkedFile } from "./walk.ts";

/** The clock of a scan. A scan has its own thread, so it sleeps without giving way. */
export interface ScanTime {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): void;
}

/** Compares the files of a root on disk with the journal, and reports the differences. */
export interface FileComparison {
  /** @param known the same file in the journal; undefined: a new file */
  compare(file: WalkedFile, known: KnownFile | undefined): void;
  /** Waits for the files set aside because they had only just changed, and compares them. */
  settle(): void;
}

interface ComparisonOptions {
  root: string;
  request: Pick<ScanRequest, "agent" | "force" | "settle_ms" | "resettle_ms">;
  known: KnownFiles;
  filter: Filter;
  batcher: Batcher;
  time: ScanTime;
  /** Called for a known file that vanished after its directory was read. */
  onMissing: (known: KnownFile) => void;
}

interface Comparison extends ComparisonOptions {
  aside: { file: ReadableFile; known: KnownFile | undefined; dueMs: number }[];
}

export function createFileComparison(options: ComparisonOptions): FileComparison {
  const comparison: Comparison = { ...options, aside: [] };
  return {
    compare: (file, known) => compareFile(comparison, file, known),
    settle: () => settleAside(comparison),
  };
}

// The most files to set aside. Bounds the memory after a large tree was copied.
const ASIDE_FILES = 10_000;

function compareFile(comparison: Comparison, file: WalkedFile, known: KnownFile | undefined): void {
  if (
    file.kind === "unreadable" ||
    (known !== undefined && known.read_at_ms !== null && sameStats(known, file.stats))
  ) {
    takeFile(comparison, file, known);
    return;
  }
  const { request, time, aside } = comparison;
  const waitMs = settlesAt(comparison, file, known) - time.now();
  const reason = findSkipReason(comparison, file);
  // A new file is often still empty.
  const isSkipped = reason !== undefined && reason !== "empty";
  if (waitMs <= 0 || isSkipped) takeFile(comparison, file, known);
  else if (waitMs > request.settle_ms) putOff(comparison, file, known, "changing");
  else {
    aside.push({ file, known, dueMs: time.now() + waitMs });
    if (aside.length === ASIDE_FILES) settleAside(comparison);
  }
}

function settleAside(comparison: Comparison): void {
  const { aside, time, onMissing } = comparison;
  for (const { file, known, dueMs } of aside.splice(0)) {
    const restMs = dueMs - time.now();
    if (restMs > 0) time.sleep(restMs);
    const now = statFile(file.path, file.name);
    if (now === undefined) {
      if (known !== undefined) onMissing(known);
    } else if (now.kind === "unreadable" || sameStats(file.stats, now.stats)) {
      takeFile(comparison, now, known);
    } else putOff(comparison, now, known, "changing");
  }
}

/** The earliest time at which the file can have been left alone long enough. */
function settlesAt(
  { request, time }: Comparison,
  file: WalkedFile,
  known: KnownFile | undefined,
): number {
  const changedMs = file.stats?.ctime_ms ?? Infinity;
  const now = time.now();
  // The clock was set back since: how long the file was left alone is not known, and a wait that began at each
  // look would never end. The short one is waited out within the look.
  if (changedMs > now) return now + request.settle_ms;
  return changedMs + (wasDone(known) ? request.resettle_ms : request.settle_ms);
}

/** Whether the file was done, also if it has changed since and waits. */
function wasDone(known: KnownFile | undefined): boolean {
  return known !== undefined && (known.state === "done" || known.processed_at !== null);
}

function findSkipReason({ root, filter }: Comparison, file: ReadableFile): SkipReason | undefined {
  return filter(file, relativePath(root, file.path));
}

/** Reports a file that need not wait. */
function takeFile(comparison: Comparison, file: WalkedFile, known: KnownFile | undefined): void {
  if (file.kind === "unreadable") {
    refuse(comparison, file, known, file.code);
    return;
  }
  const reason = findSkipReason(comparison, file);
  if (reason !== undefined) reportSkipped(comparison, file, known, reason);
  else if (known === undefined || !isUnchanged(known, file.stats, comparison.time.now())) {
    readFile(comparison, file, known);
  } else takeUnchanged(comparison, file, known);
}

// Reasons from settings and stats, which end with their cause. Any other reason comes from the content,
// and lasts until that changes.
const PASSING: ReadonlySet<string | null> = new Set<SkipReason>([
  "too_large",
  "too_old",
  "not_regular",
  "symlink",
  "name_not_utf8",
  "excluded",
  "extension",
  "ignored",
  "not_watched",
  "conflict_copy",
]);

function takeUnchanged(comparison: Comparison, file: ReadableFile, known: KnownFile): void {
  const { request, batcher } = comparison;
  const isFinal = known.state === "done" || known.state === "failed";
  const isSkipped = known.state === "skipped" && !PASSING.has(known.reason);
  if (isFinal && !request.force) batcher.count("unchanged");
  else if (isSkipped && !request.force) batcher.count("still_skipped");
  else if (known.hash === null || known.read_at_ms === null) readFile(comparison, file, known);
  else {
    const { hash, read_at_ms } = known;
    reportObserved(comparison, file, known, { hash, read_at_ms });
  }
}

function readFile(comparison: Comparison, file: ReadableFile, known: KnownFile | undefined): void {
  const conflict = compareWithOriginal(file, comparison);
  if (conflict === "changing") putOff(comparison, file, known, "changing");
  else if (conflict === "different" && comparison.request.agent.conflict_copies === "skip") {
    reportSkipped(comparison, file, known, "conflict_copy");
  } else readContent(comparison, file, known, conflict !== "none");
}

/** @param isCopy whether its original is beside it, so that it is no file that was renamed */
function readContent(
  comparison: Comparison,
  file: ReadableFile,
  known: KnownFile | undefined,
  isCopy: boolean,
): void {
  const readAtMs = comparison.time.now();
  const result = hashFile(file.path, comparison.root);
  switch (result.outcome) {
    case "hashed":
      if (sameStats(file.stats, result)) {
        const { hash, sketch, ...stats } = result;
        const read = { path: file.path, stats, hash, sketch };
        const was = isCopy
          ? undefined
          : findFormer(comparison.known, comparison.request.agent.id, read, known);
        const content = {
          hash,
          sketch,
          read_at_ms: readAtMs,
          ...(was === undefined ? {} : { was }),
        };
        reportObserved(comparison, file, known, content);
      } else putOff(comparison, file, known, "changing");
      return;
    case "changing":
      putOff(comparison, file, known, "changing");
      return;
    case "gone":
      if (known !== undefined) comparison.onMissing(known);
      return;
    case "skipped":
      reportSkipped(comparison, file, known, result.reason);
      return;
    case "unavailable":
    case "unreadable":
      refuse(comparison, file, known, result.code);
  }
}

function refuse(
  comparison: Comparison,
  file: WalkedFile,
  known: KnownFile | undefined,
  systemCode: string,
): void {
  if (isUnavailable(systemCode)) putOff(comparison, file, known, "unavailable");
  else reportRefused(comparison, file, known, systemCode);
}

function putOff(
  comparison: Comparison,
  file: WalkedFile,
  known: KnownFile | undefined,
  reason: UnsettledFile["reason"],
): void {
  reportUnsettled(comparison, file, known, reason, settlesAt(comparison, file, known));
}
