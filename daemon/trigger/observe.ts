import {
  type FileRow,
  findFileByPath,
  findFileRow,
  findMoved,
  followMove,
  markGone,
} from "../journal/files.ts";
import type { Journal } from "../journal/open.ts";
import { isArriving } from "../journal/traces.ts";
import type { ScanCounts } from "../journal/runs.ts";
import type { ScanBatch } from "../scan/scan-messages.ts";
import { emitFileEvent, leaveJob, type Listing, type Notes, parseError } from "./listing.ts";
import { observeFile } from "./observe-file.ts";
import { observeSkipped, observeUnreadable, observeUnsettled } from "./observe-unread.ts";

export interface Observer {
  /** What was found so far. */
  readonly counts: ScanCounts;
  /** How many jobs the run has that no earlier run was free to do. */
  countUnasked(): number;
  /** Takes in one batch; `now` is ISO 8601. */
  observe(batch: ScanBatch, now: string): void;
}

/**
 * Writes what a scan found into the journal, batch by batch: file and job in one transaction, so that a
 * file is never seen but not queued. Observing the same thing twice changes nothing.
 */
export function createObserver(journal: Journal, listing: Listing): Observer {
  const counts: ScanCounts = { unchanged: 0, skipped: 0, failed: 0, waiting: 0 };
  const notes: Notes = {
    journal,
    listing,
    counts,
    counted: new Set(),
    arrived: new Set(),
    moved: new Map(),
    resumed: 0,
  };
  return {
    counts,
    countUnasked: () => notes.counted.size - notes.resumed,
    observe: (batch, now) => journal.transaction(() => observeBatch(notes, batch, now)),
  };
}

function observeBatch(notes: Notes, batch: ScanBatch, now: string): void {
  const { counts, listing } = notes;
  for (const file of batch.observed) observeFile(notes, file, now);
  for (const file of batch.skipped) observeSkipped(notes, file, now);
  for (const file of batch.unreadable) observeUnreadable(notes, file, now);
  for (const file of batch.unsettled) observeUnsettled(notes, file, now);
  // Last: a file that is missing here may have arrived elsewhere.
  for (const fileId of listing.dry_run ? [] : batch.gone) observeGone(notes, fileId, now);
  counts.unchanged += batch.unchanged;
  counts.skipped += batch.still_skipped + batch.skipped.length;
  counts.failed += batch.unreadable.length;
  counts.waiting += batch.unsettled.length;
}

function observeGone(notes: Notes, fileId: string, now: string): void {
  const { journal, listing, arrived } = notes;
  const before = findMissing(notes, fileId);
  if (before === undefined || before.state === "gone") return;
  // It stays as it is until its content is known.
  if (isArriving(journal, before)) return;
  const moved = findMoved(journal, before, arrived);
  if (moved === undefined) markGone(journal, [before.file_id]);
  else {
    followMove(journal, before, moved);
    // Its event has an id that no longer exists.
    emitFileEvent(notes, before.file_id, { ...moved, error: parseError(moved.error) }, now);
  }
  leaveJob(notes, before, null, now);
  if (moved === undefined) listing.onDeleted(before.file_id, now);
}

/** The file that is missing at the path where the scan knew one. */
function findMissing({ journal, listing, moved }: Notes, fileId: string): FileRow | undefined {
  const left = moved.get(fileId);
  // It was renamed. Another file that has the path since then was replaced by it.
  return left === undefined
    ? findFileRow(journal, fileId)
    : findFileByPath(journal, listing.agent.id, left);
}
