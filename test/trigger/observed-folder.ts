import { createId } from "../../daemon/core/id.ts";
import { saveAgent } from "../../daemon/journal/agents.ts";
import { type FileRow, findFileByPath } from "../../daemon/journal/files.ts";
import { endJob, type JobEnd, putOffRun } from "../../daemon/journal/jobs.ts";
import { endAttempt } from "../../daemon/journal/attempts.ts";
import { settleFiles } from "../../daemon/journal/files.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { findRun } from "../../daemon/journal/run-views.ts";
import { countFile, insertRun, markListed } from "../../daemon/journal/runs.ts";
import type { Run } from "../../daemon/protocol/run.ts";
import { finishIfComplete } from "../../daemon/runs/finish.ts";
import type { Listing } from "../../daemon/trigger/listing.ts";
import { createObserver } from "../../daemon/trigger/observe.ts";
import type { FilePlace, ScanBatch } from "../../daemon/scan/scan-messages.ts";
import { claimJob } from "../../daemon/journal/jobs.ts";
import { NOW } from "../helper/test-journal.ts";

/** What a scan says of some files; a name stands for its path, a letter for its content. */
export interface Seen {
  observed?: Record<string, string>;
  skipped?: readonly string[];
  unreadable?: readonly string[];
  unsettled?: readonly string[];
  gone?: readonly string[];
}

export type Asked = Partial<
  Omit<Listing, "agent" | "ensureRun" | "hasRun" | "onDeleted"> & {
    on_recipe_change: "new_only" | "all";
  }
>;

export const LATER = "2026-11-20T10:30:00.000Z";

/** An agent's directory as a journal sees it: scans are told, not made. */
export function openObservedFolder(journal: Journal) {
  saveAgent(journal, { agent_id: "inbox", config: "{}", base_recipe: "r1", ad_hoc: false }, NOW);

  function place(name: string): FilePlace {
    const path = `/in/${name}`;
    return { root: "/in", path, parent: "/in", name, relative_path: name, known: null };
  }

  function toBatch(seen: Seen): ScanBatch {
    const idOf = (name: string): string => row(name)?.file_id ?? "file_x";
    return {
      kind: "batch",
      observed: Object.entries(seen.observed ?? {}).map(([name, content]) => ({
        ...place(name),
        stats: statsOf(content),
        hash: content.repeat(64),
        read_at_ms: 10_000,
      })),
      skipped: (seen.skipped ?? []).map((name) => ({
        ...place(name),
        stats: null,
        reason: "excluded",
      })),
      unreadable: (seen.unreadable ?? []).map((name) => ({
        ...place(name),
        stats: null,
        error: { code: "file_unreadable", message: "EACCES", hint: null },
      })),
      unsettled: (seen.unsettled ?? []).map((name) => ({
        ...place(name),
        stats: statsOf("w"),
        reason: "changing",
        settles_at_ms: Date.parse(LATER),
      })),
      gone: (seen.gone ?? []).map(idOf),
      unchanged: 0,
      still_skipped: 0,
    };
  }

  function row(name: string): FileRow | undefined {
    return findFileByPath(journal, "inbox", `/in/${name}`);
  }

  function begin(asked: Asked = {}): string {
    const run_id = asked.run_id ?? createId("run");
    const run = { run_id, agent_id: "inbox", trigger: "manual", force: false } as const;
    insertRun(journal, { ...run, paths: null }, NOW);
    return run_id;
  }

  /** Tells an observer of its own each of the batches, without ending the listing. */
  function observe(run_id: string, seen: readonly Seen[], asked: Asked = {}) {
    const { on_recipe_change = "new_only", recipe = "r1", ...rest } = asked;
    const observer = createObserver(journal, {
      agent: { id: "inbox", on_recipe_change },
      recipe,
      base_recipe: recipe.slice(0, 16),
      force: false,
      takes_put_off: false,
      takes_cancelled: false,
      takes_dry_run: false,
      dry_run: false,
      rank: 0,
      ensureRun() {},
      onReverted() {},
      onCopied() {},
      hasRun: () => true,
      onDeleted() {},
      ...rest,
      run_id,
    });
    for (const each of seen) observer.observe(toBatch(each), NOW);
    return observer.counts;
  }

  return {
    row,
    begin,
    observe,
    /** A whole listing in a run of its own, which goes on. */
    list(seen: Seen, asked: Asked = {}): Run {
      const run_id = begin(asked);
      markListed(journal, run_id, observe(run_id, [seen], asked), NOW);
      return get(run_id);
    },
    /** Ends every job of the run as `end` says, and the run with them. */
    work(run_id: string, end: "done" | "failed" | "skipped" = "done"): Run {
      for (;;) {
        const attemptId = createId("attempt");
        const job = claimJob(journal, { agentIds: ["inbox"], attemptId, now: NOW });
        if (job === undefined) break;
        const error = { code: "internal", message: "", hint: null };
        const reason = end === "skipped" ? "empty" : null;
        const ended: JobEnd =
          end === "failed"
            ? { state: end, error }
            : end === "skipped"
              ? { state: end, reason: "empty" }
              : { state: end };
        endJob(journal, job, ended, NOW);
        const settled = { state: end, reason, next_attempt_at: null };
        settleFiles(
          journal,
          job.job_id,
          { ...settled, error: end === "failed" ? error : null },
          NOW,
        );
        endAttempt(journal, job.attempt_id, end, null, NOW);
        countFile(journal, job.job_id, end === "done" ? "processed" : end);
      }
      finishIfComplete(journal, run_id, NOW);
      return get(run_id);
    },
    /** Puts off what waits in the run until {@link LATER}, and so ends it. */
    putOff(run_id: string): Run {
      putOffRun(journal, run_id, { reason: "key_missing", next_attempt_at: LATER, error: null });
      finishIfComplete(journal, run_id, NOW);
      return get(run_id);
    },
    /** Ends a run that had nothing to do. */
    finish(run_id: string): Run {
      finishIfComplete(journal, run_id, NOW);
      return get(run_id);
    },
    jobs: () =>
      journal.all(
        journal.build
          .selectFrom("jobs")
          .select(["job_id", "hash", "recipe", "state", "run_id", "generation"])
          .orderBy("seq"),
      ),
    files: () => journal.all(journal.build.selectFrom("files").selectAll().orderBy("seq")),
  };

  function get(run_id: string): Run {
    const run = findRun(journal, run_id);
    if (run === undefined) throw new Error(`There is no run ${run_id}.`);
    return run;
  }
}

function statsOf(content: string) {
  const mtime_ms = content.codePointAt(0) ?? 0;
  return { size: 10, mtime_ms, ctime_ms: mtime_ms, inode: 1 };
}
