import path from "node:path";
import type { FileError, SkipReason } from "../protocol/file.ts";
import { relativePath } from "./boundary.ts";
import type { Filter } from "./filter.ts";
import { hashFile, isSame, isUnavailable, sameStats } from "./fingerprint.ts";
import type { KnownFile } from "./known-files.ts";
import type { Batcher } from "./batcher.ts";
import type { FilePlace, ScanRequest, UnsettledFile } from "./scan-messages.ts";
import { statFile, type WalkedFile } from "./walk.ts";

/** Time as a scan sees it: a scan has a thread to itself, so it sleeps in place. */
export interface ScanTime {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): void;
}

/** Compares files on disk with what is known of them. */
export interface FileComparison {
  compare(file: WalkedFile, known: KnownFile | undefined): void;
  /** Waits for the files that were put aside because they had only just changed, and compares those. */
  settle(): void;
}

type ReadableFile = Exclude<WalkedFile, { kind: "unreadable" }>;

// Reasons that come from settings and stats. They end with their cause; any other came of the content,
// and stands as long as that does.
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
]);

// How many files are put aside at most: what bounds memory when a large tree was only just copied.
const ASIDE = 10_000;

/** @param onMissing called for a known file that vanished after its directory was read */
export function createFileComparison(options: {
  root: string;
  request: Pick<ScanRequest, "force" | "settle_ms" | "resettle_ms">;
  filter: Filter;
  batcher: Batcher;
  time: ScanTime;
  onMissing: (known: KnownFile) => void;
}): FileComparison {
  const { root, request, batcher, time } = options;
  const aside: { file: ReadableFile; known: KnownFile | undefined; dueMs: number }[] = [];

  const filter = (file: ReadableFile): SkipReason | undefined =>
    options.filter(file, relativePath(root, file.path));

  const settlesAt = (file: WalkedFile, known: KnownFile | undefined): number =>
    // A change time ahead of the clock must not put a file off for longer than any other.
    Math.min(file.stats?.ctime_ms ?? Infinity, time.now()) +
    (wasDone(known) ? request.resettle_ms : request.settle_ms);

  const compare = (file: WalkedFile, known: KnownFile | undefined): void => {
    if (
      file.kind === "unreadable" ||
      (known !== undefined && known.read_at_ms !== null && sameStats(known, file.stats))
    ) {
      take(file, known);
      return;
    }
    const waitMs = settlesAt(file, known) - time.now();
    const reason = filter(file);
    // What was only just created is often still empty.
    if (waitMs <= 0 || (reason !== undefined && reason !== "empty")) take(file, known);
    else if (waitMs > request.settle_ms) putOff(file, known, "changing");
    else {
      aside.push({ file, known, dueMs: time.now() + waitMs });
      if (aside.length === ASIDE) settle();
    }
  };

  const settle = (): void => {
    for (const { file, known, dueMs } of aside.splice(0)) {
      const restMs = dueMs - time.now();
      if (restMs > 0) time.sleep(restMs);
      const now = statFile(file.path, file.name);
      if (now === undefined) {
        if (known !== undefined) options.onMissing(known);
      } else if (now.kind === "unreadable" || sameStats(file.stats, now.stats)) take(now, known);
      else putOff(now, known, "changing");
    }
  };

  const take = (file: WalkedFile, known: KnownFile | undefined): void => {
    if (file.kind === "unreadable") {
      refuse(file, known, file.code);
      return;
    }
    const reason = filter(file);
    if (reason !== undefined) skip(file, known, reason);
    else if (known === undefined || !isSame(known, file.stats, time.now())) read(file, known);
    else stand(file, known);
  };

  const stand = (file: ReadableFile, known: KnownFile): void => {
    const isFinal = known.state === "done" || known.state === "failed";
    const isSkipped = known.state === "skipped" && !PASSING.has(known.reason);
    if (isFinal && !request.force) batcher.count("unchanged");
    else if (isSkipped && !request.force) batcher.count("still_skipped");
    else if (known.hash === null || known.read_at_ms === null) read(file, known);
    else observe(file, known, known.hash, known.read_at_ms);
  };

  const read = (file: ReadableFile, known: KnownFile | undefined): void => {
    const readAtMs = time.now();
    const result = hashFile(file.path);
    switch (result.outcome) {
      case "hashed":
        if (sameStats(file.stats, result)) observe(file, known, result.hash, readAtMs);
        else putOff(file, known, "changing");
        return;
      case "changing":
        putOff(file, known, "changing");
        return;
      case "gone":
        if (known !== undefined) options.onMissing(known);
        return;
      case "skipped":
        skip(file, known, result.reason);
        return;
      case "unavailable":
      case "unreadable":
        refuse(file, known, result.code);
    }
  };

  const observe = (
    file: ReadableFile,
    known: KnownFile | undefined,
    hash: string,
    readAtMs: number,
  ): void => {
    const found = {
      ...describePlace(root, file.path, known),
      stats: file.stats,
      hash,
      read_at_ms: readAtMs,
    };
    batcher.add((batch) => batch.observed.push(found));
  };

  const skip = (file: ReadableFile, known: KnownFile | undefined, reason: SkipReason): void => {
    if (known?.state === "skipped" && known.reason === reason && sameStats(known, file.stats)) {
      batcher.count("still_skipped");
      return;
    }
    const found = { ...describePlace(root, file.path, known), stats: file.stats, reason };
    batcher.add((batch) => batch.skipped.push(found));
  };

  const refuse = (file: WalkedFile, known: KnownFile | undefined, code: string): void => {
    if (isUnavailable(code)) {
      putOff(file, known, "unavailable");
      return;
    }
    const wasRefused = known?.state === "failed" && known.hash === null;
    if (wasRefused && (file.stats === null ? known.size === null : sameStats(known, file.stats))) {
      batcher.count("unchanged");
      return;
    }
    const found = {
      ...describePlace(root, file.path, known),
      stats: file.stats,
      error: describeRefusal(file.path, code),
    };
    batcher.add((batch) => batch.unreadable.push(found));
  };

  const putOff = (
    file: WalkedFile,
    known: KnownFile | undefined,
    reason: UnsettledFile["reason"],
  ): void => {
    const found = {
      ...describePlace(root, file.path, known),
      stats: file.stats,
      reason,
      settles_at_ms: settlesAt(file, known),
    };
    batcher.add((batch) => batch.unsettled.push(found));
  };

  return { compare, settle };
}

/** Where a file is, as every item of a batch has it. */
export function describePlace(root: string, file: string, known: KnownFile | undefined): FilePlace {
  return {
    root,
    path: file,
    parent: path.dirname(file),
    name: path.basename(file),
    relative_path: relativePath(root, file),
    known: known?.file_id ?? null,
  };
}

function wasDone(known: KnownFile | undefined): boolean {
  // The second: it was done, changed since, and waits to be left alone.
  return known !== undefined && (known.state === "done" || known.processed_at !== null);
}

function describeRefusal(file: string, systemCode: string): FileError {
  return {
    code: "file_unreadable",
    message: `${file} cannot be read (${systemCode}).`,
    hint:
      systemCode === "EACCES" || systemCode === "EPERM"
        ? "Allow the user that runs Agent Runner to read it."
        : null,
  };
}
