import { statSync } from "node:fs";
import path from "node:path";
import type { Afterwards } from "../api/afterwards.ts";
import { undo } from "../commit/undo.ts";
import { type Clock, toInstant } from "../core/clock.ts";
import { RunnerError } from "../core/errors.ts";
import { notFound } from "../core/not-found.ts";
import { hasAgent } from "../journal/agents.ts";
import { backupName, backupPath, type Backups } from "../journal/backup.ts";
import { type FileRow, findFileRow } from "../journal/files.ts";
import type { Journal } from "../journal/open.ts";
import { forget, listJobsOfFile } from "../journal/forget.ts";
import { findRunningRun, findRunRow } from "../journal/runs.ts";
import { hasWorkingJob } from "../journal/undos.ts";

export interface AfterwardsOptions {
  journal: Journal;
  clock: Clock;
  backups: Backups;
}

// Three seconds in all; then the journal's health watch goes on.
const LOG_TRIES = 30;
const LOG_PAUSE_MS = 100;

const ENDS = "Wait for it to end, or cancel it.";

/** Backup, forget and undo, joined from the rooms that do them. */
export function createAfterwards(options: AfterwardsOptions): Afterwards {
  const { journal, clock, backups } = options;
  const now = (): string => toInstant(clock.now());
  return {
    async backUp(request) {
      const created_at = now();
      const target = toBackupPath(journal, request.path, created_at);
      if (journal.fault()?.is_lost) return { ...rescue(journal, target), created_at };
      return { path: target, size_bytes: await backups.make(target), created_at };
    },
    async forgetFile(fileId) {
      const file = getFile(journal, fileId);
      const jobs = listJobsOfFile(journal, file);
      refuseOpen(jobs);
      const forgotten = forget(journal, file, jobs, now());
      await emptyLog(journal, clock);
      return forgotten;
    },
    undoRun(run_id) {
      const run = findRunRow(journal, run_id);
      if (run === undefined) throw notFound("run", run_id);
      refuseWorking(journal, run.agent_id);
      return undo(journal, { run_id }, now());
    },
    undo({ file_id, agent_id, since: from }) {
      const since = from === undefined ? null : toInstant(Date.parse(from));
      if (file_id !== undefined) {
        refuseWorking(journal, getFile(journal, file_id).agent_id);
        return undo(journal, { file_id, since }, now());
      }
      if (agent_id === undefined || !hasAgent(journal, agent_id)) {
        throw notFound("agent", agent_id ?? "");
      }
      refuseWorking(journal, agent_id);
      return undo(journal, { agent_id, since }, now());
    },
  };
}

/** While an agent works, its change sets may build on what would be undone. */
function refuseWorking(journal: Journal, agentId: string): void {
  const running = findRunningRun(journal, agentId);
  if (running !== undefined) {
    throw new RunnerError(
      "run_in_progress",
      `The agent ${agentId} has the run ${running.run_id} in progress.`,
      { hint: ENDS, data: { run_id: running.run_id } },
    );
  }
  if (!hasWorkingJob(journal, agentId)) return;
  throw new RunnerError("run_in_progress", `The agent ${agentId} is still working on a file.`, {
    hint: "Wait for it to end.",
  });
}

/** What a run has still to read must not be purged under it. */
function refuseOpen(jobs: ReturnType<typeof listJobsOfFile>): void {
  const open = jobs.find(
    ({ state, run_status }) =>
      state === "working" || (state === "pending" && run_status === "running"),
  );
  if (open === undefined) return;
  throw new RunnerError(
    "run_in_progress",
    `The run ${open.run_id} of the agent ${open.agent_id} still has to read this content.`,
    { hint: ENDS, data: { run_id: open.run_id } },
  );
}

/** Copies a journal whose file was deleted or replaced, from what this process still has open. */
function rescue(journal: Journal, target: string): { path: string; size_bytes: number } {
  try {
    journal.rescue(target);
  } catch (cause) {
    throw new RunnerError(
      "backup_failed",
      `The journal was not copied to ${target}: ${String(cause)}`,
      {
        hint: "Name a path where no file is, on a disk that has room.",
        cause,
      },
    );
  }
  return { path: target, size_bytes: statSync(target).size };
}

function getFile(journal: Journal, fileId: string): FileRow {
  const file = findFileRow(journal, fileId);
  if (file !== undefined) return file;
  throw notFound("file", fileId);
}

/** Purged text stays in the log until that is written back, which a reader may delay for a moment. */
async function emptyLog(journal: Journal, clock: Clock): Promise<void> {
  for (let tries = 0; tries < LOG_TRIES && !journal.emptyLog(); tries += 1) {
    await clock.sleep(LOG_PAUSE_MS);
  }
}

/** @throws invalid_request */
function toBackupPath(journal: Journal, wanted: string | undefined, at: string): string {
  if (wanted === undefined) return backupPath(journal.path, at);
  if (!path.isAbsolute(wanted)) {
    throw new RunnerError(
      "invalid_request",
      `Expected path to be absolute, got ${JSON.stringify(wanted)}.`,
      { hint: "Begin the path at the root of the disk." },
    );
  }
  const isDirectory = statSync(wanted, { throwIfNoEntry: false })?.isDirectory();
  return isDirectory ? path.join(wanted, backupName(at)) : wanted;
}
