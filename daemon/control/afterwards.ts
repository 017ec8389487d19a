import { notFound } from "../core/not-found.ts";
import { statSync } from "node:fs";
import path from "node:path";
import type { Afterwards } from "../api/afterwards.ts";
import { undo } from "../commit/undo.ts";
import { type Clock, toInstant } from "../core/clock.ts";
import { RunnerError } from "../core/errors.ts";
import { hasAgent } from "../journal/agents.ts";
import { backupName, backupPath, type Backups } from "../journal/backup.ts";
import { type FileRow, findFileRow } from "../journal/files.ts";
import type { Journal } from "../journal/open.ts";
import { forget, listJobsOfFile } from "../journal/forget.ts";
import { findRunningRun, findRunRow } from "../journal/runs.ts";
import { hasWorkingJob } from "../journal/undos.ts";

// Three seconds in all; what is not written back by then is with the next checkpoint.
const LOG_TRIES = 30;
const LOG_PAUSE_MS = 100;

/** What the door may ask for once work is done, joined from the rooms that do it. */
export function createAfterwards({
  journal,
  clock,
  backups,
}: {
  journal: Journal;
  clock: Clock;
  backups: Backups;
}): Afterwards {
  const now = (): string => toInstant(clock.now());

  /** While an agent works, its change sets may build on what would be taken back. */
  function refuseWorking(agentId: string): void {
    const running = findRunningRun(journal, agentId);
    if (running === undefined && !hasWorkingJob(journal, agentId)) return;
    const run = running === undefined ? "a file in the works" : `a run: ${running.run_id}`;
    throw new RunnerError("run_in_progress", `The agent ${agentId} has ${run}.`, {
      hint: "Wait for it to end, or cancel it.",
      ...(running !== undefined && { data: { run_id: running.run_id } }),
    });
  }

  function getFile(fileId: string): FileRow {
    const file = findFileRow(journal, fileId);
    if (file !== undefined) return file;
    throw notFound("file", fileId);
  }

  /** What was purged stands in the log until that is written back, which a reader may hold up for a moment. */
  async function emptyLog(): Promise<void> {
    for (let tries = 0; tries < LOG_TRIES && !journal.emptyLog(); tries += 1) {
      await clock.sleep(LOG_PAUSE_MS);
    }
  }

  /** @throws invalid_request */
  function toBackupPath(wanted: string | undefined, at: string): string {
    if (wanted === undefined) return backupPath(journal.path, at);
    if (!path.isAbsolute(wanted)) {
      throw new RunnerError(
        "invalid_request",
        `path: got ${JSON.stringify(wanted)}, expected an absolute path.`,
      );
    }
    const isDirectory = statSync(wanted, { throwIfNoEntry: false })?.isDirectory();
    return isDirectory ? path.join(wanted, backupName(at)) : wanted;
  }

  return {
    async backUp(request) {
      const created_at = now();
      const target = toBackupPath(request.path, created_at);
      return { path: target, size_bytes: await backups.make(target), created_at };
    },
    async forgetFile(fileId) {
      const file = getFile(fileId);
      const jobs = listJobsOfFile(journal, file);
      const open = jobs.find(
        ({ state, run_status }) =>
          state === "working" || (state === "pending" && run_status === "running"),
      );
      if (open !== undefined) {
        throw new RunnerError(
          "run_in_progress",
          `A run of the agent ${open.agent_id} has this content to do: ${open.run_id}.`,
          { hint: "Wait for it to end, or cancel it.", data: { run_id: open.run_id } },
        );
      }
      const forgotten = forget(journal, file, jobs, now());
      await emptyLog();
      return forgotten;
    },
    undoRun(run_id) {
      const run = findRunRow(journal, run_id);
      if (run === undefined) {
        throw notFound("run", run_id);
      }
      refuseWorking(run.agent_id);
      return undo(journal, { run_id }, now());
    },
    undo({ file_id, agent_id, since: from }) {
      const since = from === undefined ? null : toInstant(Date.parse(from));
      if (file_id !== undefined) {
        refuseWorking(getFile(file_id).agent_id);
        return undo(journal, { file_id, since }, now());
      }
      if (agent_id === undefined || !hasAgent(journal, agent_id)) {
        throw notFound("agent", agent_id ?? "");
      }
      refuseWorking(agent_id);
      return undo(journal, { agent_id, since }, now());
    },
  };
}
