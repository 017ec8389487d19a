import path from "node:path";
import { createId } from "../../daemon/core/id.ts";
import { saveFile } from "../../daemon/journal/files.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { insertRun, markListed, type ScanCounts } from "../../daemon/journal/runs.ts";
import type { RunStatus } from "../../daemon/protocol/run.ts";
import { endRun } from "../../daemon/runs/finish.ts";
import { NOW } from "./test-journal.ts";

export interface PastRun {
  agent_id?: string;
  /** `running`: it still looks for files. */
  status?: RunStatus;
  dry_run?: boolean;
  counts?: Partial<ScanCounts>;
  /** ISO 8601. */
  at?: string;
}

/** Writes a run without jobs; gives its id. */
export function addRun(
  journal: Journal,
  { agent_id = "inbox", status = "success", dry_run = false, counts, at = NOW }: PastRun = {},
): string {
  const run_id = createId("run");
  const run = { run_id, agent_id, trigger: "manual", force: false, dry_run, paths: null } as const;
  insertRun(journal, run, at);
  if (status !== "running") endPastRun(journal, { run_id, agent_id }, status, counts, at);
  return run_id;
}

/** Ends a run that {@link addRun} left running. */
export function endPastRun(
  journal: Journal,
  run: { run_id: string; agent_id: string },
  status: Exclude<RunStatus, "running">,
  counts: Partial<ScanCounts> = {},
  at = NOW,
): void {
  const none = { unchanged: 0, skipped: 0, failed: 0, waiting: 0 };
  markListed(journal, run.run_id, { ...none, ...counts }, at);
  endRun(journal, run, status, at);
}

/** Writes a file that failed; gives its id. */
export function addFailedFile(journal: Journal, file: string, agent_id = "inbox"): string {
  const parent = path.dirname(file);
  return saveFile(journal, {
    agent_id,
    path: file,
    parent,
    root: parent,
    stats: { size: 3, mtime_ms: Date.parse(NOW), ctime_ms: 1, inode: 1 },
    hash: null,
    read_at_ms: null,
    state: "failed",
    reason: null,
    next_attempt_at: null,
    job_id: null,
    processed_at: null,
    error: { code: "bad_tool_calls", message: "No tool call could be read.", hint: null },
  });
}
