import { toInstant } from "../core/clock.ts";
import { type FileRow, findFileByPath, saveFile } from "../journal/files.ts";
import type { FileError } from "../protocol/file.ts";
import type {
  ObservedFile,
  SkippedFile,
  UnreadableFile,
  UnsettledFile,
} from "../scan/scan-messages.ts";
import { emitFileEvent, leaveJob, type Notes, placeOf, stringifyError } from "./listing.ts";

type UnreadFile = SkippedFile | UnreadableFile | UnsettledFile;

/** What is known of a file whose content was not read. */
interface UnreadState {
  state: "skipped" | "failed" | "pending";
  reason: string | null;
  next_attempt_at: string | null;
  error: FileError | null;
}

export function observeSkipped(notes: Notes, file: SkippedFile, now: string): void {
  const { reason } = file;
  saveUnread(notes, file, { state: "skipped", reason, next_attempt_at: null, error: null }, now);
}

export function observeUnreadable(notes: Notes, file: UnreadableFile, now: string): void {
  const { error } = file;
  saveUnread(notes, file, { state: "failed", reason: null, next_attempt_at: null, error }, now);
}

export function observeUnsettled(notes: Notes, file: UnsettledFile, now: string): void {
  const settlesAt = toInstant(file.settles_at_ms);
  const next_attempt_at = notes.listing.dry_run ? null : settlesAt;
  const { reason } = file;
  saveUnread(notes, file, { state: "pending", reason, next_attempt_at, error: null }, now);
}

function saveUnread(notes: Notes, file: UnreadFile, known: UnreadState, now: string): void {
  const { journal, listing } = notes;
  const before = findFileByPath(journal, listing.agent.id, file.path);
  // Content that was read stays known while the stats do, so that reading it again later costs nothing.
  const keeps = known.state === "skipped" && before !== undefined && hasStats(before, file.stats);
  const seen = {
    ...placeOf(listing, keeps ? { ...file, stats: statsOf(before) } : file),
    ...known,
    hash: keeps ? before.hash : null,
    read_at_ms: keeps ? before.read_at_ms : null,
    job_id: keeps ? before.job_id : null,
    processed_at: before?.processed_at ?? null,
  };
  const fileId = saveFile(journal, seen);
  leaveJob(notes, before, null, now);
  const { state, reason, error } = seen;
  const isSame = before?.state === state && before.reason === reason;
  if (!isSame || before.error !== stringifyError(error)) emitFileEvent(notes, fileId, seen, now);
}

function hasStats(before: FileRow, stats: SkippedFile["stats"]): boolean {
  return (
    stats === null ||
    (before.size === stats.size &&
      before.mtime_ms === stats.mtime_ms &&
      before.ctime_ms === stats.ctime_ms &&
      before.inode === stats.inode)
  );
}

function statsOf(row: FileRow): ObservedFile["stats"] | null {
  const { size, mtime_ms, ctime_ms, inode } = row;
  if (size === null || mtime_ms === null || ctime_ms === null || inode === null) return null;
  return { size, mtime_ms, ctime_ms, inode };
}
