import { appendEvent } from "../journal/events.ts";
import type { FileObservation, FileRow } from "../journal/files.ts";
import { supersedeIfUnwanted } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import type { ScanCounts } from "../journal/runs.ts";
import type { Agent } from "../protocol/agent.ts";
import type { FileError } from "../protocol/file.ts";
import type { FilePlace, ObservedFile } from "../scan/scan-messages.ts";

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
  /** Changes of entities without a model (copies, reverts, deletions) are left to the next look. */
  dry_run: boolean;
  /** 0 asked for by hand, 1 live change, 2 backlog. */
  rank: number;
  /** Called before the first job is written, so that its run exists. */
  ensureRun(): void;
  hasRun(): boolean;
  /** A file that was known before has the content that the job was done for. */
  onReverted(fileId: string, jobId: string, now: string): void;
  /** A file that was not known before has the content that the job was done for. */
  onCopied(fileId: string, jobId: string, now: string): void;
  /** The file was deleted, and not moved. */
  onDeleted(fileId: string, now: string): void;
}

/** What an observer has noted so far, for all that write to the journal on its behalf. */
export interface Notes {
  journal: Journal;
  listing: Listing;
  counts: ScanCounts;
  /** Ids of the jobs that have been counted: by their first file in this listing; the others are copies. */
  counted: Set<string>;
  /** Ids of the files that were not known before. */
  arrived: Set<string>;
  /** The path that each file left that was renamed, by its id. */
  moved: Map<string, string>;
  /** Jobs that were put off by a run that has ended by itself. */
  resumed: number;
}

/** Where a file is, as its row has it. */
export function placeOf(
  { agent }: Listing,
  { path, parent, root, stats }: FilePlace & { stats: ObservedFile["stats"] | null },
) {
  return { agent_id: agent.id, path, parent, root, stats };
}

/** Drops the job of a file's earlier content if no file needs it any more. */
export function leaveJob(
  { journal }: Notes,
  before: FileRow | undefined,
  jobId: string | null,
  now: string,
): void {
  if (before?.job_id && before.job_id !== jobId) supersedeIfUnwanted(journal, before.job_id, now);
}

/** Writes the event for what became of a file without any work on it. */
export function emitFileEvent(
  { journal, listing }: Notes,
  file_id: string,
  { path, state, reason, error }: Pick<FileObservation, "path" | "state" | "reason" | "error">,
  now: string,
): void {
  const run_id = listing.hasRun() ? listing.run_id : null;
  const ofFile = { run_id, agent_id: listing.agent.id, file_id, path };
  if (state === "done") {
    appendEvent(journal, { type: "file.done", ...ofFile }, now);
  } else if (state === "skipped" && reason !== null) {
    appendEvent(journal, { type: "file.skipped", ...ofFile, reason }, now);
  } else if (state === "failed" && error !== null) {
    const { code, message } = error;
    appendEvent(journal, { type: "file.failed", ...ofFile, code, message }, now);
  }
}

export function stringifyError(error: FileError | null): string | null {
  return error === null ? null : JSON.stringify(error);
}

export function parseError(text: string | null): FileError | null {
  return text === null ? null : (JSON.parse(text) as FileError);
}
