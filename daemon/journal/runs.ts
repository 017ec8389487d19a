import { type Selectable, sql } from "kysely";
import type { FileError, FileOutcome } from "../protocol/file.ts";
import type { RunStatus, Trigger } from "../protocol/run.ts";
import type { Journal } from "./open.ts";
import type { RunsTable } from "./tables.ts";

export type RunRow = Selectable<RunsTable>;

/** How many files of a scan need no job. The other files of a run are counted by their jobs. */
export interface ScanCounts {
  unchanged: number;
  skipped: number;
  failed: number;
  /** Postponed already, and not due yet. */
  waiting: number;
}

/** Writes a run that starts to scan. An index makes it fail if the agent has a running run. */
export function insertRun(
  journal: Journal,
  run: {
    run_id: string;
    agent_id: string;
    trigger: Trigger;
    force: boolean;
    /** Left out: false. */
    dry_run?: boolean;
    paths: readonly string[] | null;
  },
  now: string,
): void {
  journal.run(
    journal.build.insertInto("runs").values({
      run_id: run.run_id,
      agent_id: run.agent_id,
      trigger: run.trigger,
      status: "running",
      dry_run: run.dry_run ? 1 : 0,
      force: run.force ? 1 : 0,
      paths: run.paths === null ? null : JSON.stringify(run.paths),
      started_at: now,
      listed_at: null,
      finished_at: null,
      error: null,
      files_nothing_recorded: 0,
      files_capped: 0,
      files_warned: 0,
    }),
  );
}

export function findRunRow(journal: Journal, runId: string): RunRow | undefined {
  return journal.get(journal.build.selectFrom("runs").selectAll().where("run_id", "=", runId));
}

/** The agent's running run, or undefined. */
export function findRunningRun(journal: Journal, agentId: string): RunRow | undefined {
  return journal.get(
    journal.build
      .selectFrom("runs")
      .selectAll()
      .where("agent_id", "=", agentId)
      .where("status", "=", "running"),
  );
}

export function listRunningRuns(journal: Journal): RunRow[] {
  return journal.all(
    journal.build.selectFrom("runs").selectAll().where("status", "=", "running").orderBy("seq"),
  );
}

/** Whether a run waits for a person's consent. */
export interface RunConsent {
  awaits: boolean;
  /** About how many notes, tasks and projects the built-in rules would make of it; null: not counted. */
  foreseen_entities: number | null;
}

export const NO_CONSENT: RunConsent = { awaits: false, foreseen_entities: null };

/**
 * Fixes a run's file list: from then on its jobs may be claimed. Adds to the counts that are there, because a
 * working job that the run adopted may have ended already.
 *
 * @param consent whether its jobs wait until the run is confirmed, and what they would give if that was counted
 */
export function markListed(
  journal: Journal,
  runId: string,
  counts: ScanCounts,
  now: string,
  { awaits, foreseen_entities }: RunConsent = NO_CONSENT,
): void {
  journal.run(
    journal.build
      .updateTable("runs")
      .set((eb) => ({
        listed_at: now,
        awaits_confirmation: awaits ? 1 : 0,
        foreseen_entities,
        files_unchanged: sql<number>`files_unchanged + ${counts.unchanged}`,
        files_skipped: sql<number>`files_skipped + ${counts.skipped}`,
        files_failed: sql<number>`files_failed + ${counts.failed}`,
        files_pending: sql<number>`${counts.waiting} + ${eb
          .selectFrom("jobs")
          .select(eb.fn.countAll<number>().as("count"))
          .where("run_id", "=", runId)
          .where("state", "in", ["pending", "working"])}`,
      }))
      .where("run_id", "=", runId)
      .where("listed_at", "is", null),
  );
}

/** Keeps about how many entities a run would make; null: not counted. */
export function saveForeseen(journal: Journal, runId: string, entities: number | null): void {
  journal.run(
    journal.build
      .updateTable("runs")
      .set({ foreseen_entities: entities })
      .where("run_id", "=", runId),
  );
}

/** Lets the jobs of a run that waited for confirmation be claimed. */
export function confirmRun(journal: Journal, runId: string): void {
  journal.run(
    journal.build.updateTable("runs").set({ awaits_confirmation: 0 }).where("run_id", "=", runId),
  );
}

/** Counts a job's file in its run as one with a result, and no longer as pending. */
export function countFile(
  journal: Journal,
  jobId: string,
  became: "processed" | "failed" | "skipped" | "unchanged",
): void {
  const column = `files_${became}` as const;
  journal.run(
    journal.build
      .updateTable("runs")
      .set((eb) => ({
        files_pending: eb("files_pending", "-", 1),
        [column]: eb(column, "+", 1),
      }))
      .where("run_id", "=", (eb) =>
        eb.selectFrom("jobs").select("run_id").where("job_id", "=", jobId),
      ),
  );
}

/** What a file that is done came to. */
export interface FileResult {
  outcome: FileOutcome;
  /** Whether it was read with warnings, and no limit ended the work on it. */
  is_warned: boolean;
}

/** Counts a job's file in its run as done, with what it came to. */
export function countDone(
  journal: Journal,
  jobId: string,
  { outcome, is_warned }: FileResult,
): void {
  countFile(journal, jobId, "processed");
  const columns = [
    ...(outcome === "recorded" ? [] : [`files_${outcome}` as const]),
    ...(is_warned ? ["files_warned" as const] : []),
  ];
  if (columns.length === 0) return;
  journal.run(
    journal.build
      .updateTable("runs")
      .set((eb) => Object.fromEntries(columns.map((column) => [column, eb(column, "+", 1)])))
      .where("run_id", "=", (eb) =>
        eb.selectFrom("jobs").select("run_id").where("job_id", "=", jobId),
      ),
  );
}

/** Saves the fault that postponed files; the first one stays. */
export function noteRunError(journal: Journal, runId: string, error: FileError): void {
  journal.run(
    journal.build
      .updateTable("runs")
      .set({ error: JSON.stringify(error) })
      .where("run_id", "=", runId)
      .where("error", "is", null),
  );
}

/** Ends a run. Returns whether it was running. */
export function finishRun(
  journal: Journal,
  runId: string,
  status: Exclude<RunStatus, "running">,
  now: string,
): boolean {
  return (
    journal.run(
      journal.build
        .updateTable("runs")
        .set({ status, finished_at: now })
        .where("run_id", "=", runId)
        .where("status", "=", "running"),
    ) === 1
  );
}
