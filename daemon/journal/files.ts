import { type Selectable, sql } from "kysely";
import { createId } from "../core/id.ts";
import type { FileError, FileState } from "../protocol/file.ts";
import type { JobRow } from "./jobs.ts";
import type { Journal } from "./open.ts";
import type { FilesTable } from "./tables.ts";
import type { WaitReason } from "./wait-reason.ts";
import { dropTrace, moveTrace, saveTrace } from "./traces.ts";

export type FileRow = Selectable<FilesTable>;

/** Stats of a file from one lstat, in bytes and milliseconds. */
export interface FileStats {
  size: number;
  mtime_ms: number;
  ctime_ms: number;
  inode: number;
  /** When it was made; left out: unknown. */
  born_ms?: number;
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

/** What a scan saw of a file, and the state that follows from it. */
export interface FileObservation {
  agent_id: string;
  path: string;
  parent: string;
  root: string;
  /** null: the file could not be read at all. */
  stats: FileStats | null;
  /** null: the content was not read. */
  hash: string | null;
  read_at_ms: number | null;
  /** Of its lines; left out: they were not read now. */
  sketch?: Uint8Array;
  state: FileState;
  reason: string | null;
  next_attempt_at: string | null;
  job_id: string | null;
  processed_at: string | null;
  error: FileError | null;
}

/** Writes what is known of a file now. Returns its id, which stays the same for a path. */
export function saveFile(journal: Journal, seen: FileObservation): string {
  const { stats, sketch, error, ...rest } = seen;
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
  const fileId = row?.file_id ?? "";
  if (stats !== null) saveTrace(journal, fileId, stats, sketch);
  return fileId;
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

/** The files that wait for a job and have its content, the first known first. */
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

/** Gives every file that waits for a job the state in which the job ended. */
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
 * Makes a file pending again, because what the journal knows of its content is no longer true.
 *
 * @param because.next_attempt_at null: at the next scan that happens anyway
 * @param because.hash for a missing file: its last hash, by which it is found again if it was moved
 */
export function unsettleFile(
  journal: Journal,
  fileId: string,
  because: { reason: WaitReason; next_attempt_at: string | null; hash?: string | null },
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

/** Agents and paths of postponed files that are due, longest due first. */
export function listDueFiles(journal: Journal, now: string): { agent_id: string; path: string }[] {
  // This runs every second, so it has an index of its own: the other one steps over every pending file.
  return journal.all(
    sql<{
      agent_id: string;
      path: string;
    }>`SELECT agent_id, path FROM files INDEXED BY files_put_off
      WHERE state = 'pending' AND next_attempt_at <= ${now} ORDER BY next_attempt_at, seq`,
  );
}

/** How many files are pending, working and failed; a state without files is left out. */
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
 * Whether an agent has files whose result is from another recipe and must be renewed: failed and skipped
 * ones always (what failed at its model, if the user changed the recipe), done ones if the agent has `on_recipe_change: all` and the user changed the recipe. Files that
 * were undone or forgotten do not count.
 */
export function hasStaleResults(
  journal: Journal,
  agent: { id: string; on_recipe_change: "new_only" | "all" },
  { recipe, base_recipe }: { recipe: string; base_recipe: string },
): boolean {
  const states: FileState[] = ["failed", "skipped"];
  if (agent.on_recipe_change === "all") states.push("done");
  // Starts from the jobs, because an index has their recipe; a file would have to look up its job.
  // A file that a setting skips may keep a done job: that is no stale result.
  return (
    journal.get(
      sql`SELECT 1 FROM jobs
        WHERE agent_id = ${agent.id} AND state IN (${sql.join(states)})
          AND iif(state = 'done' OR state = 'failed' AND extractor IS NOT NULL,
            base_recipe <> ${base_recipe}, recipe <> ${recipe})
          AND reason IS NOT 'undone' AND forgotten_at IS NULL
          AND EXISTS (SELECT 1 FROM files WHERE job_id = jobs.job_id AND state = jobs.state)
        LIMIT 1`,
    ) !== undefined
  );
}

/**
 * Makes the postponed files of an agent due now; of all agents, if none is given.
 *
 * @param reason only those that wait for this; left out: all
 */
export function makeDue(
  journal: Journal,
  agentId: string | undefined,
  now: string,
  reason?: string,
): void {
  for (const table of ["files", "jobs"] as const) {
    let postponed = journal.build
      .updateTable(table)
      .set({ next_attempt_at: now })
      .where("state", "=", "pending")
      .where("next_attempt_at", ">", now);
    if (agentId !== undefined) postponed = postponed.where("agent_id", "=", agentId);
    if (reason !== undefined) postponed = postponed.where("reason", "=", reason);
    journal.run(postponed);
  }
}

/**
 * The file that a deleted one became by a rename or a move: it has the same content, and the same inode or it
 * was first seen together with the deletion. A pre-existing copy doesn't count.
 *
 * @param arrived ids of the files that were seen for the first time now
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
    .find(
      (file) =>
        arrived.has(file.file_id) || (file.inode === gone.inode && !hadOtherText(journal, file)),
    );
}

/** Whether a job was done for a file when it had another content: it is known by its path, whatever is moved there. */
function hadOtherText(journal: Journal, { file_id, hash }: FileRow): boolean {
  const other = journal.build
    .selectFrom("origins")
    .innerJoin("jobs", "jobs.job_id", "origins.job_id")
    .select("origins.job_id")
    .where("origins.file_id", "=", file_id)
    .where("jobs.hash", "<>", hash)
    .limit(1);
  return journal.get(other) !== undefined;
}

/**
 * The deleted file that a file seen for the first time was before it moved: it has the same content, and the
 * same inode or no other file has this content now.
 */
export function findDeparted(
  journal: Journal,
  seen: { agent_id: string; job_id: string; hash: string; inode: number },
): FileRow | undefined {
  const same = journal.build.selectFrom("files").where("hash", "=", seen.hash);
  // Not by its job: a file that disappeared before it was read has no job.
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

/** Gives a file the path to which it was moved. The journal must not know a file at that path. */
export function placeFile(
  journal: Journal,
  fileId: string,
  place: { path: string; parent: string; root: string },
): void {
  journal.run(journal.build.updateTable("files").set(place).where("file_id", "=", fileId));
}

/** Gives each of two files the path of the other. */
export function exchangePlaces(journal: Journal, one: FileRow, other: FileRow): void {
  const place = ({ path, parent, root }: FileRow) => ({ path, parent, root });
  // No file has this path; an agent knows at most one file for each.
  placeFile(journal, one.file_id, { ...place(one), path: one.file_id });
  placeFile(journal, other.file_id, place(one));
  placeFile(journal, one.file_id, place(other));
}

/**
 * Lets a file keep its id and everything that refers to it under the path to which it was moved. The row of the new path
 * may be taken for a copy of another file first; what that file said is not added to what this one said of the same
 * content.
 */
export function followMove(journal: Journal, from: FileRow, to: FileRow): void {
  const { seq: _seq, file_id, processed_at, ...place } = to;
  if (from.state === "done") {
    const ofCopy = journal.build.deleteFrom("sources").where("file_id", "=", file_id);
    journal.run(ofCopy.where("job_id", "=", to.job_id));
  }
  moveTrace(journal, { kept: from.file_id, dropped: file_id });
  mergeFile(journal, { kept: from.file_id, dropped: file_id });
  journal.run(
    journal.build
      .updateTable("files")
      .set({ ...place, processed_at: from.processed_at ?? processed_at })
      .where("file_id", "=", from.file_id),
  );
}

/** Merges two rows of one file: the kept one takes over the sources and origins of the dropped one. */
export function mergeFile(journal: Journal, { kept, dropped }: FileTwins): void {
  journal.run(sql`UPDATE OR IGNORE sources SET file_id = ${kept} WHERE file_id = ${dropped}`);
  journal.run(journal.build.deleteFrom("sources").where("file_id", "=", dropped));
  journal.run(sql`UPDATE OR IGNORE origins SET file_id = ${kept} WHERE file_id = ${dropped}`);
  journal.run(journal.build.deleteFrom("origins").where("file_id", "=", dropped));
  journal.run(sql`UPDATE requests SET file_id = ${kept} WHERE file_id = ${dropped}`);
  dropTrace(journal, dropped);
  journal.run(journal.build.deleteFrom("files").where("file_id", "=", dropped));
}

/** The ids of two rows that are one file. */
export interface FileTwins {
  kept: string;
  dropped: string;
}

/** The files that two agents both know; the first agent's rows are kept. */
export function listTwins(journal: Journal, agentId: string, otherId: string): FileTwins[] {
  return journal.all(
    sql<FileTwins>`SELECT mine.file_id AS kept, other.file_id AS dropped
      FROM files AS other JOIN files AS mine ON mine.agent_id = ${agentId} AND mine.path = other.path
      WHERE other.agent_id = ${otherId}`,
  );
}
