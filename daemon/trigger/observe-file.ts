import { createId } from "../core/id.ts";
import {
  exchangePlaces,
  type FileRow,
  findDeparted,
  findFileByPath,
  findFileRow,
  mergeFile,
  placeFile,
  saveFile,
} from "../journal/files.ts";
import { adoptJob, insertJob, type JobRow, listJobsOfHash, renewJob } from "../journal/jobs.ts";
import { findRunRow } from "../journal/runs.ts";
import { shareSources } from "../journal/sources.ts";
import { isBlank } from "../scan/former-file.ts";
import type { ObservedFile } from "../scan/scan-messages.ts";
import { decide, type Verdict } from "./decide.ts";
import { emitFileEvent, leaveJob, type Notes, placeOf } from "./listing.ts";
import { settleState } from "./settled-state.ts";

/** Writes a file whose content was read, and the job that it needs. */
export function observeFile(notes: Notes, file: ObservedFile, now: string): void {
  const { journal, listing } = notes;
  const { agent } = listing;
  const verdict = decide(listJobsOfHash(journal, agent.id, file.hash), {
    ...listing,
    on_recipe_change: agent.on_recipe_change,
    now,
  });
  const job = takeJob(notes, verdict, file, now);
  const known = findFileByPath(journal, agent.id, file.path);
  const former = findFormer(notes, file);
  const isLeft = listing.dry_run && verdict.verdict === "stands";
  if (isLeft && changesEntities(former ?? known, job)) {
    count(notes, verdict, job);
    return;
  }
  if (former !== undefined) takePlace(notes, former, file, known);
  const before = former ?? known ?? findReturned(notes, file, job);
  const { is_new, is_undone, ...settled } = settleState(verdict, job, before, {
    hash: file.hash,
    now,
  });
  const { hash, read_at_ms, sketch } = file;
  const { job_id } = job;
  const read = { hash, read_at_ms, ...(sketch === undefined ? {} : { sketch }) };
  const seen = { ...placeOf(listing, file), ...read, job_id, ...settled };
  const fileId = saveFile(journal, seen);
  const isMoved = before !== undefined && before.path !== file.path;
  if (is_new || isMoved || before?.state !== settled.state) {
    emitFileEvent(notes, fileId, seen, now);
  }
  if (before === undefined) notes.arrived.add(fileId);
  if (settled.state === "done") shareResult(notes, { fileId, job_id, before, is_new }, now);
  leaveJob(notes, before, job_id, now);
  if (is_undone) notes.counts.skipped += 1;
  else count(notes, verdict, job);
}

/** The row of the file that this one was before it was renamed, unless it was found elsewhere meanwhile. */
function findFormer({ journal, listing }: Notes, file: ObservedFile): FileRow | undefined {
  const former = file.was === undefined ? undefined : findFileRow(journal, file.was);
  const isSame = former?.agent_id === listing.agent.id && former.inode === file.stats.inode;
  return isSame && former.path !== file.path ? former : undefined;
}

/** Gives a renamed file its new path. What was known there before gets the path that it left, until it is found. */
function takePlace(
  { journal, moved }: Notes,
  former: FileRow,
  { path, parent, root }: ObservedFile,
  known: FileRow | undefined,
): void {
  moved.set(former.file_id, former.path);
  if (known !== undefined && !isBlank(known)) {
    exchangePlaces(journal, former, known);
    return;
  }
  if (known !== undefined) mergeFile(journal, { kept: former.file_id, dropped: known.file_id });
  placeFile(journal, former.file_id, { path, parent, root });
}

/** The file's row as it was before a move, where the scan saw that the file left before it saw it arrive. */
function findReturned(
  { journal, listing }: Notes,
  file: ObservedFile,
  { job_id }: JobRow,
): FileRow | undefined {
  const { path, parent, root, hash, stats } = file;
  const left = { agent_id: listing.agent.id, job_id, hash, inode: stats.inode };
  const departed = findDeparted(journal, left);
  if (departed !== undefined) placeFile(journal, departed.file_id, { path, parent, root });
  return departed;
}

/** The job that the verdict names, as a job of this run where the verdict makes it one. */
function takeJob(notes: Notes, verdict: Verdict<JobRow>, file: ObservedFile, now: string): JobRow {
  const { journal, listing } = notes;
  const { run_id, recipe, base_recipe, rank, force, agent } = listing;
  switch (verdict.verdict) {
    case "stands":
    case "joins":
    case "waits":
      return verdict.job;
    case "adopts":
      listing.ensureRun();
      if (hasEndedByItself(notes, verdict.job)) notes.resumed += 1;
      adoptJob(journal, verdict.job.job_id, run_id, rank);
      return verdict.job;
    case "new": {
      listing.ensureRun();
      const { hash, stats } = file;
      const job = { agent_id: agent.id, hash, run_id, rank, modified_ms: stats.mtime_ms };
      // A forced file is asked for anew.
      const renewed = force ? undefined : renewJob(journal, { ...job, base_recipe });
      return renewed ?? insertJob(journal, { job_id: createId("job"), recipe, ...job }, now);
    }
  }
}

function hasEndedByItself({ journal }: Notes, { run_id }: JobRow): boolean {
  const status = findRunRow(journal, run_id)?.status;
  return status !== "running" && status !== "cancelled";
}

function count({ counts, counted }: Notes, { verdict }: Verdict<JobRow>, job: JobRow): void {
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

/** Whether the result of a job is new to this file, or in force again. */
function changesEntities(known: FileRow | undefined, job: JobRow): boolean {
  return job.state === "done" && (known?.job_id !== job.job_id || known.state === "gone");
}

/** Brings what the job of its content recorded before to a file. */
function shareResult(
  { journal, listing }: Notes,
  file: { fileId: string; job_id: string; before: FileRow | undefined; is_new: boolean },
  now: string,
): void {
  const { fileId, job_id, before, is_new } = file;
  if (before === undefined) {
    shareSources(journal, { job_id, file_id: fileId }, now);
    listing.onCopied(fileId, job_id, now);
  } else if (is_new || before.state === "gone") {
    listing.onReverted(fileId, job_id, now);
  }
}
