import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createId } from "../../daemon/core/id.ts";
import { saveAgent } from "../../daemon/journal/agents.ts";
import { saveFile } from "../../daemon/journal/files.ts";
import { type ClaimedJob, claimJob, insertJob } from "../../daemon/journal/jobs.ts";
import { type Journal, openJournal } from "../../daemon/journal/open.ts";
import { insertRun, markListed } from "../../daemon/journal/runs.ts";
import { testFolder } from "./folder.ts";

export const NOW = "2026-11-20T10:00:00.000Z";

export interface TestJournal extends Disposable {
  readonly journal: Journal;
}

let template: Promise<Buffer> | undefined;

/** The file of a migrated, empty journal: its migrations run once for each worker, and the rest are copies. */
function readTemplate(): Promise<Buffer> {
  template ??= (async () => {
    using folder = testFolder();
    const file = folder.file("agent-runner.db");
    // The last one to close a journal writes its log back, so this one file is all of it.
    (await openJournal(file)).close();
    return readFileSync(file);
  })();
  return template;
}

/** Writes an empty journal at the newest schema. */
export async function layJournal(file: string): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, await readTemplate(), { mode: 0o600 });
}

/** A journal in a temporary folder, with one agent `inbox`. */
export async function openTestJournal(): Promise<TestJournal> {
  const folder = testFolder();
  const file = folder.file("agent-runner.db");
  await layJournal(file);
  const journal = await openJournal(file);
  saveAgent(journal, { agent_id: "inbox", config: "{}", base_recipe: "r1", ad_hoc: false }, NOW);
  return {
    journal,
    [Symbol.dispose]() {
      journal.close();
      folder[Symbol.dispose]();
    },
  };
}

/** A running run of `inbox` with one job for files of these paths, all of one content. */
export function addJob(
  journal: Journal,
  options: { hash?: string; paths?: string[]; runId?: string } = {},
): { run_id: string; job_id: string; file_ids: string[] } {
  const { hash = "a".repeat(64), paths = ["/in/a.md"] } = options;
  const runId = options.runId ?? createId("run");
  if (options.runId === undefined) {
    const run = { run_id: runId, agent_id: "inbox", trigger: "manual", force: false } as const;
    insertRun(journal, { ...run, paths: null }, NOW);
  }
  const { job_id } = insertJob(
    journal,
    {
      job_id: createId("job"),
      agent_id: "inbox",
      hash,
      recipe: "r1",
      run_id: runId,
      rank: 0,
      modified_ms: 1,
    },
    NOW,
  );
  const file_ids = paths.map((path) => addFile(journal, { path, hash, job_id }));
  if (options.runId === undefined) list(journal, runId);
  return { run_id: runId, job_id, file_ids };
}

export function addFile(
  journal: Journal,
  file: { path: string; hash: string; job_id: string },
): string {
  return saveFile(journal, {
    ...file,
    agent_id: "inbox",
    parent: "/in",
    root: "/in",
    stats: { size: 10, mtime_ms: 1, ctime_ms: 1, inode: 1 },
    read_at_ms: 10_000,
    state: "pending",
    reason: null,
    next_attempt_at: null,
    processed_at: null,
    error: null,
  });
}

export function list(journal: Journal, runId: string): void {
  markListed(journal, runId, { unchanged: 0, skipped: 0, failed: 0, waiting: 0 }, NOW);
}

/** Claims the next job of `inbox`, or fails. */
export function claim(journal: Journal): ClaimedJob {
  const job = claimJob(journal, {
    agentIds: ["inbox"],
    attemptId: createId("attempt"),
    now: NOW,
  });
  if (job === undefined) throw new Error("There was no job to claim.");
  return job;
}
