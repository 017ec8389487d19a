import { sql } from "kysely";
import type { EntityType } from "../protocol/entity.ts";
import type { Journal } from "./open.ts";
import type { ChangesTable } from "./tables.ts";

/** What to take back: all of a run, or what came of a file or an agent, from an instant (ISO 8601) on. */
export type UndoScope =
  | { run_id: string }
  | { file_id: string; since: string | null }
  | { agent_id: string; since: string | null };

/** A change that counts for what an entity is: proposals do not. */
export type RecordedChange = Pick<
  ChangesTable,
  "actor" | "run_id" | "job_id" | "op" | "entity_type" | "entity_id"
> & {
  seq: number;
  state: "applied" | "undone";
  before: string | null;
  after: string | null;
};

const COLUMNS = sql`seq, actor, run_id, job_id, op, entity_type, entity_id, state, before, after`;

// Before any instant there is.
const EVER = "";

/** The done jobs of a scope: of a run, those it did; of a file, those that were done for any content it had. */
export function listDoneJobs(journal: Journal, scope: UndoScope): string[] {
  const condition =
    "run_id" in scope
      ? sql`run_id = ${scope.run_id}`
      : "file_id" in scope
        ? sql`job_id IN (SELECT job_id FROM origins WHERE file_id = ${scope.file_id})
            AND finished_at >= ${scope.since ?? EVER}`
        : sql`agent_id = ${scope.agent_id} AND finished_at >= ${scope.since ?? EVER}`;
  return journal
    .all(sql<{ job_id: string }>`SELECT job_id FROM jobs WHERE state = 'done' AND ${condition}`)
    .map(({ job_id }) => job_id);
}

/** Whether another file that is there rests on what a job was done for. */
export function hasOtherOrigin(journal: Journal, jobId: string, fileId: string): boolean {
  return (
    journal.get(
      sql`SELECT 1 FROM origins JOIN files USING (file_id)
        WHERE origins.job_id = ${jobId} AND files.file_id <> ${fileId} AND files.state <> 'gone'
        LIMIT 1`,
    ) !== undefined
  );
}

/** Lets go of a file that a job was done for, among others. */
export function dropOrigin(journal: Journal, jobId: string, fileId: string): void {
  journal.run(
    journal.build.deleteFrom("origins").where("job_id", "=", jobId).where("file_id", "=", fileId),
  );
}

/** The changes of a scope that are in force, but for the user's own; of a file, those of these jobs. */
export function listInForce(
  journal: Journal,
  scope: UndoScope,
  jobIds: readonly string[],
): RecordedChange[] {
  const condition =
    "run_id" in scope
      ? sql`run_id = ${scope.run_id}`
      : "file_id" in scope
        ? sql`job_id IN (SELECT value FROM json_each(${JSON.stringify(jobIds)}))`
        : sql`actor = ${scope.agent_id} AND created_at >= ${scope.since ?? EVER}`;
  return journal.all(
    sql<RecordedChange>`SELECT ${COLUMNS} FROM changes
      WHERE state = 'applied' AND actor <> 'user' AND ${condition} ORDER BY seq DESC`,
  );
}

/** Every change that an entity met, those that were taken back too; oldest first. */
export function listChangesOf(journal: Journal, entityId: string): RecordedChange[] {
  return journal.all(
    sql<RecordedChange>`SELECT ${COLUMNS} FROM changes
      WHERE entity_id = ${entityId} AND state IN ('applied', 'undone') ORDER BY seq`,
  );
}

export function markUndone(journal: Journal, seq: number, undoId: string): void {
  journal.run(
    journal.build
      .updateTable("changes")
      .set({ state: "undone", undo_id: undoId })
      .where("seq", "=", seq),
  );
}

/** The entities that rest on what a job was done for, by a file's word. */
export function listEntitiesOfJob(
  journal: Journal,
  jobId: string,
): { entity_type: EntityType; entity_id: string }[] {
  return journal.all(
    sql<{ entity_type: EntityType; entity_id: string }>`
      SELECT DISTINCT entity_type, entity_id FROM sources WHERE job_id = ${jobId}`,
  );
}

/**
 * Puts right on which files an entity rests, after what some jobs said was taken back: where a file said
 * something of it before or besides, that is its word again; else the entity rests on that file no more.
 */
export function followSources(
  journal: Journal,
  entityId: string,
  jobIds: ReadonlySet<string>,
): void {
  const rows = journal.all(
    sql<{ file_id: string; job_id: string }>`SELECT file_id, job_id FROM sources
      WHERE entity_id = ${entityId}`,
  );
  for (const { file_id, job_id } of rows) {
    if (!jobIds.has(job_id)) continue;
    const word = journal.get(
      sql<{ job_id: string; run_id: string; quote: string | null; verified: 0 | 1 | null }>`
        SELECT changes.job_id, changes.run_id, changes.quote, changes.verified
        FROM changes JOIN origins ON origins.job_id = changes.job_id AND origins.file_id = ${file_id}
        WHERE changes.entity_id = ${entityId} AND changes.state = 'applied'
        ORDER BY changes.seq DESC LIMIT 1`,
    );
    const ofFile = { entity: entityId, file: file_id };
    journal.run(
      word === undefined
        ? sql`DELETE FROM sources WHERE entity_id = ${ofFile.entity} AND file_id = ${ofFile.file}`
        : sql`UPDATE sources SET job_id = ${word.job_id}, run_id = ${word.run_id},
            quote = ${word.quote}, verified = ${word.verified ?? 0}
            WHERE entity_id = ${ofFile.entity} AND file_id = ${ofFile.file}`,
    );
  }
}

/** A file that was taken back, for who is told of it. */
export interface UndoneFile {
  file_id: string;
  path: string;
  agent_id: string;
  run_id: string;
}

/** Ends a done job as taken back; so are the files that have its content. Gives those. */
export function undoJob(journal: Journal, jobId: string): UndoneFile[] {
  journal.run(
    journal.build
      .updateTable("jobs")
      .set({ state: "skipped", reason: "undone" })
      .where("job_id", "=", jobId)
      .where("state", "=", "done"),
  );
  return undoFiles(journal, sql`job_id = ${jobId}`);
}

/** Takes back a file whose content other files keep in force. Gives it, unless it has other content by now. */
export function undoFile(journal: Journal, fileId: string, jobId: string): UndoneFile[] {
  return undoFiles(journal, sql`file_id = ${fileId} AND job_id = ${jobId}`);
}

function undoFiles(journal: Journal, which: ReturnType<typeof sql>): UndoneFile[] {
  return journal.all(
    sql<UndoneFile>`UPDATE files SET state = 'skipped', reason = 'undone', error = NULL
      WHERE state = 'done' AND ${which}
      RETURNING file_id, path, agent_id,
        (SELECT run_id FROM jobs WHERE jobs.job_id = files.job_id) AS run_id`,
  );
}

/** Keeps on record that something was taken back. Comes first: changes name it. */
export function insertUndo(journal: Journal, undoId: string, scope: UndoScope, now: string): void {
  const nothing = { run_id: null, file_id: null, agent_id: null, since: null };
  journal.run(
    journal.build
      .insertInto("undos")
      .values({ ...nothing, ...scope, undo_id: undoId, reverted: 0, created_at: now }),
  );
}

export function countReverted(journal: Journal, undoId: string, reverted: number): void {
  journal.run(journal.build.updateTable("undos").set({ reverted }).where("undo_id", "=", undoId));
}

/** Whether an agent has a job in the hands of an attempt: its run was cancelled a moment ago. */
export function hasWorkingJob(journal: Journal, agentId: string): boolean {
  const ofAgent = journal.build.selectFrom("jobs").select("job_id").where("agent_id", "=", agentId);
  return journal.get(ofAgent.where("state", "=", "working").limit(1)) !== undefined;
}
