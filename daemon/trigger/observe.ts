import { createId } from "../core/id.ts";
import { appendEvent } from "../journal/events.ts";
import { DRY_RUN } from "../journal/dry-run.ts";
import {
  type FileObservation,
  type FileRow,
  findDeparted,
  findFileByPath,
  findFileRow,
  findMoved,
  followMove,
  markGone,
  placeFile,
  saveFile,
} from "../journal/files.ts";
import {
  adoptJob,
  insertJob,
  type JobRow,
  listJobsOfHash,
  renewJob,
  supersedeIfUnwanted,
} from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { findRunRow, type ScanCounts } from "../journal/runs.ts";
import { shareSources } from "../journal/sources.ts";
import type { Agent } from "../protocol/agent.ts";
import type { FileError } from "../protocol/file.ts";
import { decide, UNDONE, type Verdict } from "./decide.ts";
import type {
  FilePlace,
  ObservedFile,
  ScanBatch,
  SkippedFile,
  UnreadableFile,
  UnsettledFile,
} from "../scan/scan-messages.ts";

/** The run for which files are observed. */
export interface Listing {
  agent: Pick<Agent, "id" | "on_recipe_change">;
  recipe: string;
  base_recipe: string;
  run_id: string;
  force: boolean;
  takes_put_off: boolean;
  takes_cancelled: boolean;
  takes_dry_run: boolean;
  /** What would change entities without a model (copies, reverts, deletions) is left to the next look. */
  dry_run: boolean;
  /** 0 asked for by hand, 1 live change, 2 backlog. */
  rank: number;
  /** Called before the first job is written, so that the run is there. */
  ensureRun(): void;
  hasRun(): boolean;
  /** The file has again the content that the job was done for. */
  onReverted(fileId: string, jobId: string, now: string): void;
  /** A file that was not known before has the content that the job was done for. */
  onCopied(fileId: string, jobId: string, now: string): void;
  /** The file was deleted, and not moved. */
  onDeleted(fileId: string, now: string): void;
}

export interface Observer {
  /** What was found so far. */
  readonly counts: ScanCounts;
  /** How many jobs the run has that no run before was free to do. */
  countUnasked(): number;
  /** Takes in one batch; `now` is ISO 8601. */
  observe(batch: ScanBatch, now: string): void;
}

/**
 * Writes what a scan found into the journal, batch by batch: file and job in one transaction, so that a
 * file is never seen but not queued. Observing the same thing twice changes nothing.
 */
export function createObserver(journal: Journal, listing: Listing): Observer {
  const { agent } = listing;
  const counts: ScanCounts = { unchanged: 0, skipped: 0, failed: 0, waiting: 0 };
  // The first file of a job in this listing is the one the job is counted by; the others are copies.
  const counted = new Set<string>();
  const arrived = new Set<string>();
  // Jobs that were put off by a run that came to its end.
  let resumed = 0;

  function observeFile(file: ObservedFile, now: string): void {
    const verdict = decide(listJobsOfHash(journal, agent.id, file.hash), {
      ...listing,
      on_recipe_change: agent.on_recipe_change,
      now,
    });
    const job = takeUp(verdict, file, now);
    const known = findFileByPath(journal, agent.id, file.path);
    if (listing.dry_run && verdict.verdict === "stands" && changesEntities(known, job)) {
      count(verdict, job);
      return;
    }
    const before = known ?? findReturned(file, job);
    const stands = verdict.verdict === "stands";
    const isUndone = stands && before !== undefined && staysUndone(before, file);
    const waits = verdict.verdict === "waits";
    const settled = isUndone ? "skipped" : job.state;
    const state = stands && settled !== "superseded" ? settled : "pending";
    const isNew = before?.job_id !== job.job_id;
    const seen = {
      ...where(file),
      hash: file.hash,
      read_at_ms: file.read_at_ms,
      state,
      reason: isUndone ? UNDONE : stands || waits ? job.reason : null,
      next_attempt_at: waits && job.reason !== DRY_RUN ? job.next_attempt_at : null,
      job_id: job.job_id,
      processed_at: isNew && state === "done" ? now : (before?.processed_at ?? null),
      error: stands || waits ? parseError(job.error) : null,
    };
    const fileId = saveFile(journal, seen);
    if (isNew || before.state !== state) tell(fileId, seen, now);
    if (before === undefined) arrived.add(fileId);
    if (state === "done" && isNew) shareSources(journal, job.job_id, fileId, now);
    if (state === "done" && before === undefined) listing.onCopied(fileId, job.job_id, now);
    if (state === "done" && before !== undefined && (isNew || before.state === "gone")) {
      listing.onReverted(fileId, job.job_id, now);
    }
    leaveJob(before, job.job_id, now);
    if (isUndone) counts.skipped += 1;
    else count(verdict, job);
  }

  /** The file as it was before a move of which the leaving was noticed first. */
  function findReturned(file: ObservedFile, { job_id }: JobRow): FileRow | undefined {
    const { path, parent, root, hash } = file;
    const departed = findDeparted(journal, {
      agent_id: agent.id,
      job_id,
      hash,
      inode: file.stats.inode,
    });
    if (departed !== undefined) placeFile(journal, departed.file_id, { path, parent, root });
    return departed;
  }

  function takeUp(verdict: Verdict<JobRow>, file: ObservedFile, now: string): JobRow {
    const { run_id, recipe, base_recipe, rank } = listing;
    switch (verdict.verdict) {
      case "stands":
      case "joins":
      case "waits":
        return verdict.job;
      case "adopts":
        listing.ensureRun();
        if (hasRunItsCourse(verdict.job)) resumed += 1;
        adoptJob(journal, verdict.job.job_id, run_id, rank);
        return verdict.job;
      case "new": {
        listing.ensureRun();
        const { hash, stats } = file;
        const { force } = listing;
        const job = { agent_id: agent.id, hash, run_id, rank, modified_ms: stats.mtime_ms };
        // What is asked for once more is asked anew.
        const renewed = force ? undefined : renewJob(journal, { ...job, base_recipe });
        return renewed ?? insertJob(journal, { job_id: createId("job"), recipe, ...job }, now);
      }
    }
  }

  function hasRunItsCourse({ run_id }: JobRow): boolean {
    const status = findRunRow(journal, run_id)?.status;
    return status !== "running" && status !== "cancelled";
  }

  function count({ verdict }: Verdict<JobRow>, job: JobRow): void {
    switch (verdict) {
      case "stands":
        counts[job.state === "skipped" ? "skipped" : "unchanged"] += 1;
        break;
      case "joins":
        if (counted.has(job.job_id)) counts.unchanged += 1;
        else counted.add(job.job_id);
        break;
      case "waits":
        counts.waiting += 1;
        break;
      case "adopts":
      case "new":
        counted.add(job.job_id);
        break;
    }
  }

  /** The job that stood for the file's content before may be wanted by no file any more. */
  function leaveJob(before: FileRow | undefined, jobId: string | null, now: string): void {
    if (before?.job_id && before.job_id !== jobId) supersedeIfUnwanted(journal, before.job_id, now);
  }

  function where({
    path,
    parent,
    root,
    stats,
  }: FilePlace & { stats: ObservedFile["stats"] | null }) {
    return { agent_id: agent.id, path, parent, root, stats };
  }

  /** A file of which nothing can be said but this. */
  function saveUnread(
    file: SkippedFile | UnreadableFile | UnsettledFile,
    known: {
      state: "skipped" | "failed" | "pending";
      reason: string | null;
      next_attempt_at: string | null;
      error: FileError | null;
    },
    now: string,
  ): void {
    const before = findFileByPath(journal, agent.id, file.path);
    // Content that was read stays known while the stats do, so that reading it again later costs nothing.
    const keeps = known.state === "skipped" && before !== undefined && hasStats(before, file.stats);
    const seen = {
      ...where(keeps ? { ...file, stats: statsOf(before) } : file),
      ...known,
      hash: keeps ? before.hash : null,
      read_at_ms: keeps ? before.read_at_ms : null,
      job_id: keeps ? before.job_id : null,
      processed_at: before?.processed_at ?? null,
    };
    const fileId = saveFile(journal, seen);
    leaveJob(before, null, now);
    const { state, reason, error } = seen;
    const isSame = before?.state === state && before.reason === reason;
    if (!isSame || before.error !== stringifyError(error)) tell(fileId, seen, now);
  }

  /** Says what became of a file without any work on it. */
  function tell(
    file_id: string,
    { path, state, reason, error }: Pick<FileObservation, "path" | "state" | "reason" | "error">,
    now: string,
  ): void {
    const run_id = listing.hasRun() ? listing.run_id : null;
    const ofFile = { run_id, agent_id: agent.id, file_id, path };
    if (state === "done") {
      appendEvent(journal, { type: "file.done", ...ofFile }, now);
    } else if (state === "skipped" && reason !== null) {
      appendEvent(journal, { type: "file.skipped", ...ofFile, reason }, now);
    } else if (state === "failed" && error !== null) {
      const { code, message } = error;
      appendEvent(journal, { type: "file.failed", ...ofFile, code, message }, now);
    }
  }

  return {
    counts,
    countUnasked: () => counted.size - resumed,
    observe(batch, now) {
      journal.transaction(() => {
        for (const file of batch.observed) observeFile(file, now);
        for (const file of batch.skipped) {
          const { reason } = file;
          saveUnread(file, { state: "skipped", reason, next_attempt_at: null, error: null }, now);
        }
        for (const file of batch.unreadable) {
          const { error } = file;
          saveUnread(file, { state: "failed", reason: null, next_attempt_at: null, error }, now);
        }
        for (const file of batch.unsettled) {
          const settlesAt = new Date(file.settles_at_ms).toISOString();
          const next_attempt_at = listing.dry_run ? null : settlesAt;
          const { reason } = file;
          saveUnread(file, { state: "pending", reason, next_attempt_at, error: null }, now);
        }
        for (const fileId of listing.dry_run ? [] : batch.gone) {
          const before = findFileRow(journal, fileId);
          if (before === undefined || before.state === "gone") continue;
          const moved = findMoved(journal, before, arrived);
          if (moved === undefined) markGone(journal, [fileId]);
          else {
            followMove(journal, before, moved);
            // It was told of under an id that is no more.
            tell(before.file_id, { ...moved, error: parseError(moved.error) }, now);
          }
          leaveJob(before, null, now);
          if (moved === undefined) listing.onDeleted(fileId, now);
        }
        counts.unchanged += batch.unchanged;
        counts.skipped += batch.still_skipped + batch.skipped.length;
        counts.failed += batch.unreadable.length;
        counts.waiting += batch.unsettled.length;
      });
    },
  };
}

/** Whether the result of a job is new to this file, or in force again. */
function changesEntities(known: FileRow | undefined, job: JobRow): boolean {
  return job.state === "done" && (known?.job_id !== job.job_id || known.state === "gone");
}

/** A file that was taken back while other files keep its content in force. */
function staysUndone(before: FileRow, { hash }: ObservedFile): boolean {
  return before.state === "skipped" && before.reason === UNDONE && before.hash === hash;
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

function stringifyError(error: FileError | null): string | null {
  return error === null ? null : JSON.stringify(error);
}

function parseError(text: string | null): FileError | null {
  return text === null ? null : (JSON.parse(text) as FileError);
}
