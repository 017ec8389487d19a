import type { Selectable } from "kysely";
import { sql } from "kysely";
import { RunnerError } from "../core/errors.ts";
import type { FileError } from "../protocol/file.ts";
import { DRY_RUN } from "./dry-run.ts";
import type { Journal } from "./open.ts";
import type { FilePlace } from "./places.ts";
import type { JobsTable } from "./tables.ts";
import type { WaitReason } from "./wait-reason.ts";

export type JobRow = Selectable<JobsTable>;

/** A job that one attempt holds: the attempt may end it only while its row has that `attempt_id`. */
export interface ClaimedJob extends JobRow {
  attempt_id: string;
  /** 1-based. */
  attempt_number: number;
}

/** Every job of a content, newest first; superseded ones left out. */
export function listJobsOfHash(journal: Journal, agentId: string, hash: string): JobRow[] {
  return journal.all(
    journal.build
      .selectFrom("jobs")
      .selectAll()
      .where("agent_id", "=", agentId)
      .where("hash", "=", hash)
      .where("state", "<>", "superseded")
      .orderBy("seq", "desc"),
  );
}

export function findJob(journal: Journal, jobId: string): JobRow | undefined {
  return journal.get(journal.build.selectFrom("jobs").selectAll().where("job_id", "=", jobId));
}

/** Adds a job that waits to be claimed, as the next generation of its content and recipe. Returns its row. */
export function insertJob(
  journal: Journal,
  job: Pick<JobRow, "job_id" | "agent_id" | "hash" | "recipe" | "run_id" | "rank" | "modified_ms">,
  now: string,
): JobRow {
  const row = journal.get(
    journal.build
      .insertInto("jobs")
      .returningAll()
      .values((eb) => ({
        ...job,
        generation: eb
          .selectFrom("jobs")
          .select(sql<number>`coalesce(max(generation) + 1, 0)`.as("generation"))
          .where("agent_id", "=", job.agent_id)
          .where("hash", "=", job.hash)
          .where("recipe", "=", job.recipe),
        state: "pending" as const,
        reason: null,
        attempt_id: null,
        next_attempt_at: null,
        frame: null,
        extractor: null,
        error: null,
        created_at: now,
        finished_at: null,
      })),
  );
  if (row === undefined) throw new RunnerError("internal", "A job was not written.");
  return row;
}

/** The rank of a job that a person asked for; others have 1 or 2. */
export const BY_HAND_RANK = 0;
// Added to the rank of a job that met a fault before, so that it comes after the others and does not delay them.
const FAULTY_RANK = 3;

/**
 * Makes the newest superseded job of a content and base recipe pending again, because its replies are paid
 * for. Returns undefined if there is no such job. A job whose replies are purged cannot continue.
 */
export function renewJob(
  journal: Journal,
  job: Pick<JobRow, "agent_id" | "hash" | "base_recipe" | "run_id" | "rank" | "modified_ms">,
): JobRow | undefined {
  const { agent_id, hash, base_recipe, run_id, rank, modified_ms } = job;
  const taken = { run_id, rank, modified_ms };
  return journal.get(
    journal.build
      .updateTable("jobs")
      .set({
        ...taken,
        state: "pending",
        reason: null,
        next_attempt_at: null,
        error: null,
        finished_at: null,
      })
      .where("job_id", "=", (eb) =>
        eb
          .selectFrom("jobs")
          .select("job_id")
          .where("agent_id", "=", agent_id)
          .where("hash", "=", hash)
          .where("base_recipe", "=", base_recipe)
          .where("state", "=", "superseded")
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom("requests")
                  .select("seq")
                  .whereRef("requests.job_id", "=", "jobs.job_id")
                  .where("state", "=", "answered")
                  .where("reply", "is", null),
              ),
            ),
          )
          .orderBy("seq", "desc")
          .limit(1),
      )
      .returningAll(),
  );
}

/**
 * Moves an unfinished job of an earlier run into another run, due now. If an attempt still holds it (its run
 * was cancelled a moment ago), it counts in the new run, and waits there if it is interrupted.
 */
export function adoptJob(journal: Journal, jobId: string, runId: string, rank: number): void {
  journal.run(
    journal.build
      .updateTable("jobs")
      .set({
        run_id: runId,
        rank: sql<number>`${rank} + iif(faults > 0, ${FAULTY_RANK}, 0)`,
        next_attempt_at: null,
        reason: null,
      })
      .where("job_id", "=", jobId)
      .where("state", "in", ["pending", "working"]),
  );
}

/** Whether a person asked for a job, so that it waits for no hours. */
export function isByHand({ rank }: Pick<JobRow, "rank">): boolean {
  return rank % FAULTY_RANK === BY_HAND_RANK;
}

/** Marks a pending job as superseded if no file waits for it any more. */
export function supersedeIfUnwanted(journal: Journal, jobId: string, now: string): void {
  journal.run(
    journal.build
      .updateTable("jobs")
      .set({ state: "superseded", finished_at: now, next_attempt_at: null })
      .where("job_id", "=", jobId)
      .where("state", "=", "pending")
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("files")
              .select("file_id")
              .where("job_id", "=", jobId)
              .where("state", "in", ["pending", "working"]),
          ),
        ),
      ),
  );
}

/**
 * Claims the next job that may be worked on; undefined if there is no such job.
 *
 * Claim and attempt are written in one transaction, before anything is read or sent, so that an attempt that
 * kills the process is counted. Order: requested by hand, live changes, backlog; newest file first.
 *
 * @param options.agentIds the agents whose jobs may be claimed now
 * @param options.now ISO 8601
 */
export function claimJob(
  journal: Journal,
  options: { agentIds: readonly string[]; attemptId: string; now: string },
): ClaimedJob | undefined {
  if (options.agentIds.length === 0) return undefined;
  return journal.transaction(() => {
    const next = findClaimable(journal, options.agentIds);
    return next && startAttempt(journal, next, options.attemptId, options.now);
  });
}

function findClaimable(journal: Journal, agentIds: readonly string[]): JobRow | undefined {
  // The first job of each running run, then the first among these: runs are few, jobs may be a million.
  return journal.get(
    journal.build
      .selectFrom("runs")
      .innerJoin("jobs", (join) =>
        join.on("jobs.job_id", "=", (eb) =>
          eb
            .selectFrom("jobs as first")
            .select("first.job_id")
            .whereRef("first.run_id", "=", "runs.run_id")
            .where("first.state", "=", sql.lit("pending"))
            .where("first.next_attempt_at", "is", null)
            .orderBy("first.rank")
            .orderBy("first.modified_ms", "desc")
            .limit(1),
        ),
      )
      .selectAll("jobs")
      .where("runs.status", "=", sql.lit("running"))
      .where("runs.listed_at", "is not", null)
      .where("runs.awaits_confirmation", "=", 0)
      .where("runs.agent_id", "in", [...agentIds])
      .orderBy("jobs.rank")
      .orderBy("jobs.modified_ms", "desc")
      .limit(1),
  );
}

function startAttempt(journal: Journal, job: JobRow, attempt_id: string, now: string): ClaimedJob {
  const { job_id, run_id } = job;
  const number = job.attempts + 1;
  const claimed = { state: "working", attempt_id, attempts: number } as const;
  journal.run(
    journal.build
      .updateTable("jobs")
      .set({ ...claimed, reason: null })
      .where("job_id", "=", job_id),
  );
  const open = { started_at: now, finished_at: null, outcome: null, error: null };
  journal.run(
    journal.build.insertInto("attempts").values({ attempt_id, job_id, run_id, number, ...open }),
  );
  journal.run(
    journal.build
      .updateTable("files")
      .set({ state: "working", reason: null, next_attempt_at: null })
      .where("job_id", "=", job_id)
      .where("state", "=", "pending"),
  );
  return { ...job, ...claimed, attempt_number: number };
}

/** The state of a job after an attempt. A commit writes it in the transaction of its change set. */
export type JobEnd =
  | { state: "done" }
  | { state: "failed"; error: FileError }
  | { state: "skipped"; reason: string }
  | { state: "superseded" }
  /** The job waits until `next_attempt_at`; null: it may be claimed again now, in the same run. */
  | {
      state: "pending";
      reason: WaitReason;
      next_attempt_at: string | null;
      error: FileError | null;
      faults: number;
    };

/**
 * Ends the attempt's hold on a working job. Fenced: returns false, and changes nothing, if another attempt has
 * the job by now. Call it inside a transaction.
 */
export function endJob(
  journal: Journal,
  job: Pick<ClaimedJob, "job_id" | "attempt_id">,
  end: JobEnd,
  now: string,
): boolean {
  const waits = end.state === "pending";
  const changed = journal.run(
    journal.build
      .updateTable("jobs")
      .set({
        state: end.state,
        attempt_id: null,
        crashes: 0,
        faults: waits ? end.faults : 0,
        reason: end.state === "skipped" || waits ? end.reason : null,
        next_attempt_at: waits ? end.next_attempt_at : null,
        error: "error" in end && end.error !== null ? JSON.stringify(end.error) : null,
        finished_at: waits ? null : now,
      })
      .where("job_id", "=", job.job_id)
      .where("state", "=", "working")
      .where("attempt_id", "=", job.attempt_id),
  );
  return changed === 1;
}

/** Whether a run still has jobs that may be claimed or are working. */
export function hasOpenJobs(journal: Journal, runId: string): boolean {
  const ofRun = journal.build
    .selectFrom("jobs")
    .select("job_id")
    .where("run_id", "=", runId)
    .limit(1);
  // Two queries, because each has its own index and no index serves both.
  const working = ofRun.where("state", "=", "working");
  const claimable = ofRun
    .where("state", "=", sql.lit("pending"))
    .where("next_attempt_at", "is", null);
  return journal.get(working) !== undefined || journal.get(claimable) !== undefined;
}

/**
 * Postpones the jobs of a run that still wait to be claimed, with their files. Files of a dry run get no time
 * at which they are due.
 */
export function putOffRun(
  journal: Journal,
  runId: string,
  putOff: { reason: WaitReason; next_attempt_at: string | null; error: FileError | null },
): void {
  const values = {
    reason: putOff.reason,
    next_attempt_at: putOff.next_attempt_at,
    error: putOff.error === null ? null : JSON.stringify(putOff.error),
  };
  const next_attempt_at = putOff.reason === DRY_RUN ? null : putOff.next_attempt_at;
  journal.run(
    journal.build
      .updateTable("files")
      .set({ ...values, next_attempt_at })
      .where("state", "=", "pending")
      .where("job_id", "in", (eb) =>
        eb
          .selectFrom("jobs")
          .select("job_id")
          .where("run_id", "=", runId)
          .where("state", "=", "pending")
          .where("next_attempt_at", "is", null),
      ),
  );
  journal.run(
    journal.build
      .updateTable("jobs")
      .set(values)
      .where("run_id", "=", runId)
      .where("state", "=", "pending")
      .where("next_attempt_at", "is", null),
  );
}

/** Whether a file may be sent to its agent's model; undefined: every file may. */
export type MaySend = ((file: Omit<FilePlace, "file_id">) => boolean) | undefined;

interface SizedFile extends Omit<FilePlace, "file_id"> {
  /** Files of equal content have the same. */
  content: string;
  size: number | null;
}

/** How many contents a forced run of an agent would send again, and their bytes. */
export function sumReadable(
  journal: Journal,
  agentId: string,
  maySend?: MaySend,
): { files: number; bytes: number } {
  return sum(
    journal,
    sql`SELECT coalesce(hash, file_id) AS content, size, agent_id, path, root FROM files
      WHERE agent_id = ${agentId} AND state IN ('done', 'failed', 'pending', 'working')`,
    maySend,
  );
}

/** How many jobs of a run wait to be sent, and the bytes of their files. */
export function sumWaiting(
  journal: Journal,
  runId: string,
  maySend?: MaySend,
): { files: number; bytes: number } {
  return sum(
    journal,
    sql`SELECT jobs.job_id AS content, files.size, files.agent_id, files.path, files.root
      FROM jobs JOIN files ON files.job_id = jobs.job_id
      WHERE jobs.run_id = ${runId} AND jobs.state = 'pending'`,
    maySend,
  );
}

function sum(
  journal: Journal,
  files: ReturnType<typeof sql>,
  maySend: MaySend,
): { files: number; bytes: number } {
  if (maySend === undefined) {
    const row = journal.get(
      sql<{ files: number; bytes: number }>`SELECT count(*) AS files, total(size) AS bytes
        FROM (SELECT max(size) AS size FROM (${files}) GROUP BY content)`,
    );
    return row ?? { files: 0, bytes: 0 };
  }
  const rows = journal.all(sql<SizedFile>`${files}`);
  const sent = [...Map.groupBy(rows, ({ content }) => content).values()].filter((same) =>
    same.every((file) => maySend(file)),
  );
  const bytes = sent.map((same) => Math.max(...same.map(({ size }) => size ?? 0)));
  return { files: sent.length, bytes: bytes.reduce((total, size) => total + size, 0) };
}
