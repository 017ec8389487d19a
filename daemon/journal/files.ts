import { type Selectable, sql } from "kysely";
import { createId } from "../core/id.ts";
import type { FileError, FileState } from "../protocol/file.ts";
import type { JobRow } from "./jobs.ts";
import type { Journal } from "./open.ts";
import type { FilesTable } from "./tables.ts";

export type FileRow = Selectable<FilesTable>;

/** Stats of a file as one lstat gives them; bytes and milliseconds. */
export interface FileStats {
  size: number;
  mtime_ms: number;
  ctime_ms: number;
  inode: number;
}

export function findFileByPath(
  journal: Journal,
  agentId: string,
  path: string,
): FileRow | undefined {
  return journal.get(
    journal.build
      .selectFrom("files")
      .selectAll()
      .where("agent_id", "=", agentId)
      .where("path", "=", path),
  );
}

export function findFileRow(journal: Journal, fileId: string): FileRow | undefined {
  return journal.get(journal.build.selectFrom("files").selectAll().where("file_id", "=", fileId));
}

/** What a scan saw of a file and what follows from it. */
export interface FileObservation {
  agent_id: string;
  path: string;
  parent: string;
  root: string;
  /** null: it could not be read at all. */
  stats: FileStats | null;
  /** null: not read. */
  hash: string | null;
  read_at_ms: number | null;
  state: FileState;
  reason: string | null;
  next_attempt_at: string | null;
  job_id: string | null;
  processed_at: string | null;
  error: FileError | null;
}

/** Writes what is known of a file now; gives its id, which stays the same for its path. */
export function saveFile(journal: Journal, seen: FileObservation): string {
  const { stats, error, ...rest } = seen;
  const values = {
    ...rest,
    size: stats?.size ?? null,
    mtime_ms: stats?.mtime_ms ?? null,
    ctime_ms: stats?.ctime_ms ?? null,
    inode: stats?.inode ?? null,
    error: error === null ? null : JSON.stringify(error),
  };
  const row = journal.get(
    journal.build
      .insertInto("files")
      .values({ file_id: createId("file"), ...values })
      .onConflict((conflict) => conflict.columns(["agent_id", "path"]).doUpdateSet(values))
      .returning("file_id"),
  );
  return row?.file_id ?? "";
}

/** Marks files as deleted from the disk. */
export function markGone(journal: Journal, fileIds: readonly string[]): void {
  for (const fileId of fileIds) {
    journal.run(
      journal.build
        .updateTable("files")
        .set({ state: "gone", reason: null, next_attempt_at: null, error: null })
        .where("file_id", "=", fileId),
    );
  }
}

/** The files whose content a job stands for, the first known first. */
export function listFilesOfJob(journal: Journal, job: Pick<JobRow, "job_id" | "hash">): FileRow[] {
  return journal.all(
    journal.build
      .selectFrom("files")
      .selectAll()
      .where("job_id", "=", job.job_id)
      .where("hash", "=", job.hash)
      .where("state", "in", ["pending", "working"])
      .orderBy("seq"),
  );
}

/** Gives every file that waits for a job the state the job came to. */
export function settleFiles(
  journal: Journal,
  jobId: string,
  settled: {
    state: "done" | "failed" | "skipped" | "pending";
    reason: string | null;
    next_attempt_at: string | null;
    error: FileError | null;
  },
  now: string,
): void {
  journal.run(
    journal.build
      .updateTable("files")
      .set({
        state: settled.state,
        reason: settled.reason,
        next_attempt_at: settled.next_attempt_at,
        error: settled.error === null ? null : JSON.stringify(settled.error),
        ...(settled.state === "done" ? { processed_at: now } : {}),
      })
      .where("job_id", "=", jobId)
      .where("state", "in", ["pending", "working"]),
  );
}

/**
 * Sends a file back to be looked at again: what the journal knew of its content no longer holds.
 *
 * @param because.next_attempt_at null: with the next look that comes by itself
 * @param because.hash of a file that is not there: by what it was, it is found again where it was moved to
 */
export function unsettleFile(
  journal: Journal,
  fileId: string,
  because: { reason: string; next_attempt_at: string | null; hash?: string | null },
): void {
  journal.run(
    journal.build
      .updateTable("files")
      .set({
        state: "pending",
        hash: null,
        ...because,
        read_at_ms: null,
        job_id: null,
        error: null,
      })
      .where("file_id", "=", fileId),
  );
}

/** Agents and paths of files that were put off and are due, the longest due first. */
export function listDueFiles(journal: Journal, now: string): { agent_id: string; path: string }[] {
  // By its own index, asked for every second: the other one steps over every file that is pending.
  return journal.all(
    sql<{
      agent_id: string;
      path: string;
    }>`SELECT agent_id, path FROM files INDEXED BY files_put_off
      WHERE state = 'pending' AND next_attempt_at <= ${now} ORDER BY next_attempt_at, seq`,
  );
}

/** How many files are in each of the states in which something is to do, or to look at. */
export function countStates(
  journal: Journal,
): Partial<Record<"pending" | "working" | "failed", number>> {
  const rows = journal.all(
    journal.build
      .selectFrom("files")
      .select((eb) => ["state", eb.fn.countAll<number>().as("count")])
      .where("state", "in", ["pending", "working", "failed"])
      .groupBy("state"),
  );
  return Object.fromEntries(rows.map((row) => [row.state, row.count]));
}

/**
 * Whether an agent has files whose result came of another recipe and is to be had anew: failed and
 * skipped ones always, done ones where the agent wants all and the user changed the recipe. What was taken back or
 * forgotten is left alone.
 */
export function hasStaleResults(
  journal: Journal,
  agent: { id: string; on_recipe_change: "new_only" | "all" },
  { recipe, base_recipe }: { recipe: string; base_recipe: string },
): boolean {
  const states: FileState[] = ["failed", "skipped"];
  if (agent.on_recipe_change === "all") states.push("done");
  // From the jobs on, of which an index holds the recipe: a file would have to look up its job for it.
  // A file that is skipped by a setting may keep a job that is done: nothing of that is to be had anew.
  return (
    journal.get(
      sql`SELECT 1 FROM jobs
        WHERE agent_id = ${agent.id} AND state IN (${sql.join(states)})
          AND iif(state = 'done', base_recipe <> ${base_recipe}, recipe <> ${recipe})
          AND reason IS NOT 'undone' AND forgotten_at IS NULL
          AND EXISTS (SELECT 1 FROM files WHERE job_id = jobs.job_id AND state = jobs.state)
        LIMIT 1`,
    ) !== undefined
  );
}

/** Makes the files of an agent that are put off due at once. */
export function makeDue(journal: Journal, agentId: string, now: string): void {
  for (const table of ["files", "jobs"] as const) {
    journal.run(
      journal.build
        .updateTable(table)
        .set({ next_attempt_at: now })
        .where("agent_id", "=", agentId)
        .where("state", "=", "pending")
        .where("next_attempt_at", ">", now),
    );
  }
}

/**
 * The file that a deleted one became by a rename or a move: same content, and the same inode or seen for the
 * first time together with the deletion. A copy that was there before is none.
 *
 * @param arrived ids of the files that were seen for the first time
 */
export function findMoved(
  journal: Journal,
  gone: FileRow,
  arrived: ReadonlySet<string>,
): FileRow | undefined {
  const { agent_id, hash } = gone;
  if (hash === null) return undefined;
  return journal
    .all(
      journal.build
        .selectFrom("files")
        .selectAll()
        .where("job_id", "in", (eb) =>
          eb
            .selectFrom("jobs")
            .select("job_id")
            .where("agent_id", "=", agent_id)
            .where("hash", "=", hash),
        )
        .where("hash", "=", hash)
        .where("agent_id", "=", agent_id)
        .where("file_id", "<>", gone.file_id)
        .where("state", "<>", "gone")
        .orderBy("seq", "desc"),
    )
    .find((file) => arrived.has(file.file_id) || file.inode === gone.inode);
}

/**
 * The deleted file that one seen for the first time was, under the path it had before: same content, and the
 * same inode or no file left that has this content.
 */
export function findDeparted(
  journal: Journal,
  seen: { agent_id: string; job_id: string; hash: string; inode: number },
): FileRow | undefined {
  const same = journal.build.selectFrom("files").where("hash", "=", seen.hash);
  // Not by its job: one that was to be read and was not there any more has none.
  const gone = journal.get(
    same
      .selectAll()
      .where("agent_id", "=", seen.agent_id)
      .where("state", "=", sql.lit("gone"))
      .orderBy((eb) => eb("inode", "=", seen.inode), "desc")
      .orderBy("seq", "desc")
      .limit(1),
  );
  if (gone === undefined || gone.inode === seen.inode) return gone;
  const rest = journal.get(
    same.select("file_id").where("job_id", "=", seen.job_id).where("state", "<>", "gone").limit(1),
  );
  return rest === undefined ? gone : undefined;
}

/** Gives a file the path it was moved to; nothing may be known there. */
export function placeFile(
  journal: Journal,
  fileId: string,
  place: { path: string; parent: string; root: string },
): void {
  journal.run(journal.build.updateTable("files").set(place).where("file_id", "=", fileId));
}

/** Lets a file keep its id, and all that hangs on it, under the path it was moved to. */
export function followMove(journal: Journal, from: FileRow, to: FileRow): void {
  const { seq: _seq, file_id, processed_at, ...place } = to;
  mergeFile(journal, { kept: from.file_id, dropped: file_id });
  journal.run(
    journal.build
      .updateTable("files")
      .set({ ...place, processed_at: from.processed_at ?? processed_at })
      .where("file_id", "=", from.file_id),
  );
}

/** Drops a file for another, which takes over what rests on it. */
export function mergeFile(journal: Journal, { kept, dropped }: FileTwins): void {
  journal.run(sql`UPDATE OR IGNORE sources SET file_id = ${kept} WHERE file_id = ${dropped}`);
  journal.run(journal.build.deleteFrom("sources").where("file_id", "=", dropped));
  journal.run(sql`UPDATE OR IGNORE origins SET file_id = ${kept} WHERE file_id = ${dropped}`);
  journal.run(journal.build.deleteFrom("origins").where("file_id", "=", dropped));
  journal.run(journal.build.deleteFrom("files").where("file_id", "=", dropped));
}

/** Ids of two rows that are one file. */
export interface FileTwins {
  kept: string;
  dropped: string;
}

/** The files that two agents both know; those of the first are to be kept. */
export function listTwins(journal: Journal, agentId: string, otherId: string): FileTwins[] {
  return journal.all(
    sql<FileTwins>`SELECT mine.file_id AS kept, other.file_id AS dropped
      FROM files AS other JOIN files AS mine ON mine.agent_id = ${agentId} AND mine.path = other.path
      WHERE other.agent_id = ${otherId}`,
  );
}
