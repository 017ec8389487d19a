import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { createAdmission, createServerWords } from "../../daemon/agents/admission.ts";
import { createPrivacy } from "../../daemon/agents/privacy.ts";
import type { Model } from "../../daemon/agent/model/model.ts";
import { createId } from "../../daemon/core/id.ts";
import { type FileRow, findFileByPath } from "../../daemon/journal/files.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { findRun } from "../../daemon/journal/run-views.ts";
import { insertRun, markListed } from "../../daemon/journal/runs.ts";
import { runJob } from "../../daemon/pipeline.ts";
import { openIsolate } from "../../daemon/preprocess/isolate.ts";
import { type Agent, agentSchema, modelSchema } from "../../daemon/protocol/agent.ts";
import type { Run } from "../../daemon/protocol/run.ts";
import { writeSettlement } from "../../daemon/queue/end-attempt.ts";
import { finishIfComplete } from "../../daemon/runs/finish.ts";
import type { WorkOutcome } from "../../daemon/queue/work.ts";
import { openEndpointHolds } from "../../daemon/queue/endpoint-holds.ts";
import { settle } from "../../daemon/queue/settle.ts";
import { createObserver } from "../../daemon/trigger/observe.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { testFolder } from "./folder.ts";
import { claim, NOW, openTestJournal } from "./test-journal.ts";

export interface PipelineBench extends Disposable {
  journal: Journal;
  clock: FakeClock;
  /** The job of the first listing, or the only one. */
  jobId: string;
  path(name: string): string;
  file(name: string): FileRow;
  /** The last run. */
  run(): Run;
  /** Lists the files as they are now, in a new run that takes up what was put off. */
  listAgain(): void;
  /** Claims the next job, works on it and settles it, as the pool does. */
  work(model: Model | (() => Model), signals?: { stop?: AbortSignal }): Promise<WorkOutcome>;
}

/** Real files in a directory that `inbox` watches, listed in a run that goes on. */
export async function openPipelineBench(
  files: Readonly<Record<string, string>>,
): Promise<PipelineBench> {
  const opened = await openTestJournal();
  const { journal } = opened;
  const folder = testFolder(files);
  const clock = fakeClock(NOW);
  const agent = agentOf(folder.path);
  let runId = "";

  function list(): void {
    runId = createId("run");
    const run = { run_id: runId, agent_id: "inbox", trigger: "manual", force: false } as const;
    insertRun(journal, { ...run, paths: null }, NOW);
    const observer = createObserver(journal, {
      agent,
      recipe: "r1",
      base_recipe: "r1",
      run_id: runId,
      force: false,
      takes_put_off: true,
      takes_cancelled: true,
      takes_dry_run: true,
      dry_run: false,
      rank: 0,
      ensureRun() {},
      onReverted() {},
      onCopied() {},
      hasRun: () => true,
      onDeleted() {},
    });
    const observed = Object.keys(files).map((name) => observe(folder.path, name));
    const empty = { skipped: [], unreadable: [], unsettled: [], gone: [] };
    const counts = { unchanged: 0, still_skipped: 0 };
    observer.observe({ kind: "batch", observed, ...empty, ...counts }, NOW);
    markListed(journal, runId, observer.counts, NOW);
  }

  function file(name: string): FileRow {
    const row = findFileByPath(journal, "inbox", folder.file(name));
    if (row === undefined) throw new Error(`The journal does not know ${name}.`);
    return row;
  }

  list();
  return {
    journal,
    clock,
    jobId: file(Object.keys(files)[0] ?? "").job_id ?? "",
    path: folder.file,
    file,
    run() {
      const run = findRun(journal, runId);
      if (run === undefined) throw new Error("There is no run.");
      return run;
    },
    listAgain: list,
    async work(model, { stop = new AbortController().signal } = {}) {
      const job = claim(journal);
      await using isolate = openIsolate();
      const outcome = await runJob(job, {
        journal,
        clock,
        agent,
        recipe: "r1",
        base_recipe: "r1",
        allowances: [],
        account: undefined,
        endpoints: openEndpointHolds({ journal, clock, agentsAt: () => [] }),
        isolate,
        admission: createAdmission(
          { journal, privacy: createPrivacy(journal), servers: createServerWords(clock) },
          agent.model,
        ),
        model: typeof model === "function" ? model : () => model,
        stop,
        abort: new AbortController().signal,
      });
      switch (outcome.outcome) {
        case "committed":
        case "fenced":
          break;
        default:
          writeSettlement(journal, job, settle(outcome, job, clock.now()), clock.now());
      }
      finishIfComplete(journal, runId, NOW);
      return outcome;
    },
    [Symbol.dispose]() {
      opened[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

function agentOf(directory: string): Agent {
  const written = agentSchema.parse({ id: "inbox", directories: [{ path: directory }] });
  return { ...written, name: "Inbox", model: modelSchema.parse({}) };
}

function observe(root: string, relative_path: string) {
  const file = path.join(root, relative_path);
  const { size, mtimeMs, ctimeMs, ino } = statSync(file);
  return {
    root,
    path: file,
    parent: path.dirname(file),
    name: path.basename(file),
    relative_path,
    known: null,
    stats: { size, mtime_ms: mtimeMs, ctime_ms: ctimeMs, inode: ino },
    hash: createHash("sha256").update(readFileSync(file)).digest("hex"),
    read_at_ms: Date.now(),
  };
}
