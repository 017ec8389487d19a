import path from "node:path";
import type { FileError, SkipReason } from "../protocol/file.ts";
import type { Batcher } from "./batcher.ts";
import { relativePath } from "./boundary.ts";
import { sameStats } from "./fingerprint.ts";
import type { KnownFile } from "./known-files.ts";
import type { FilePlace, ObservedFile, UnsettledFile } from "./scan-messages.ts";
import type { WalkedFile } from "./walk.ts";
import { allowReading } from "../core/shell-command.ts";

/** A file that the system gave stats of. */
export type ReadableFile = Exclude<WalkedFile, { kind: "unreadable" }>;

/** Where to report the files of a root. */
interface Report {
  root: string;
  batcher: Batcher;
}

export function reportObserved(
  { root, batcher }: Report,
  file: ReadableFile,
  known: KnownFile | undefined,
  content: Pick<ObservedFile, "hash" | "read_at_ms" | "sketch" | "was">,
): void {
  const found = {
    ...describePlace(root, file.path, known),
    stats: file.stats,
    ...content,
  };
  batcher.add((batch) => batch.observed.push(found));
}

/** Counts the file if the journal has the same reason for the same stats, else reports it. */
export function reportSkipped(
  { root, batcher }: Report,
  file: ReadableFile,
  known: KnownFile | undefined,
  reason: SkipReason,
): void {
  if (known?.state === "skipped" && known.reason === reason && sameStats(known, file.stats)) {
    batcher.count("still_skipped");
    return;
  }
  const found = { ...describePlace(root, file.path, known), stats: file.stats, reason };
  batcher.add((batch) => batch.skipped.push(found));
}

/** Counts the file if the journal knows that the system refuses it, else reports it. */
export function reportRefused(
  { root, batcher }: Report,
  file: WalkedFile,
  known: KnownFile | undefined,
  systemCode: string,
): void {
  const wasRefused = known?.state === "failed" && known.hash === null;
  if (wasRefused && (file.stats === null ? known.size === null : sameStats(known, file.stats))) {
    batcher.count("unchanged");
    return;
  }
  const found = {
    ...describePlace(root, file.path, known),
    stats: file.stats,
    error: describeRefusal(file.path, systemCode),
  };
  batcher.add((batch) => batch.unreadable.push(found));
}

export function reportUnsettled(
  { root, batcher }: Report,
  file: WalkedFile,
  known: KnownFile | undefined,
  reason: UnsettledFile["reason"],
  settlesAtMs: number,
): void {
  const found = {
    ...describePlace(root, file.path, known),
    stats: file.stats,
    reason,
    settles_at_ms: settlesAtMs,
  };
  batcher.add((batch) => batch.unsettled.push(found));
}

/** The place of a file, as every item of a batch has it. */
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

function describeRefusal(file: string, systemCode: string): FileError {
  return {
    code: "file_unreadable",
    message: `${file} cannot be read (${systemCode}).`,
    hint: systemCode === "EACCES" || systemCode === "EPERM" ? allowReading(file) : null,
  };
}
