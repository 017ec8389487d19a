import { sql } from "kysely";
import type { EntityType } from "../protocol/entity.ts";
import { canJudge } from "./evidence.ts";
import type { Journal } from "./open.ts";
import type { ChangesTable } from "./tables.ts";

/** What to undo: a whole run, or what a file or an agent caused since an instant (ISO 8601); null: everything. */
export type UndoScope =
  | { run_id: string }
  | { file_id: string; since: string | null }
  | { agent_id: string; since: string | null };

/** A change that was made to an entity; proposals are not among them. */
export type RecordedChange = Pick<
  ChangesTable,
  "actor" | "run_id" | "job_id" | "op" | "entity_type" | "entity_id"
> & {
  seq: number;
  state: "applied" | "undone";
  before: string | null;
  after: string | null;
  confirmed: string | null;
};

const COLUMNS = sql`seq, actor, run_id, job_id, op, entity_type, entity_id, state, before, after, confirmed`;

// Sorts before every instant.
const EVER = "";

/** The done jobs of a scope: of the run, of the agent, or for any content that the file had. */
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

/** Whether a job was also done for another file that still exists. */
export function hasOtherOrigin(journal: Journal, jobId: string, fileId: string): boolean {
  return (
    journal.get(
      sql`SELECT 1 FROM origins JOIN files USING (file_id)
        WHERE origins.job_id = ${jobId} AND files.file_id <> ${fileId} AND files.state <> 'gone'
        LIMIT 1`,
    ) !== undefined
  );
}

/** Removes a file from the files for which a job was done. */
export function dropOrigin(journal: Journal, jobId: string, fileId: string): void {
  journal.run(
    journal.build.deleteFrom("origins").where("job_id", "=", jobId).where("file_id", "=", fileId),
  );
}

/**
 * The changes of a scope that are in force, newest first, without those that the user made. What was retired because
 * one of the jobs missed it is among them, whatever run found that.
 *
 * @param jobs.whole jobs of the scope that are undone for all of their files
 * @param jobs.shared jobs that are undone for the file of the scope alone
 */
export function listInForce(
  journal: Journal,
  scope: UndoScope,
  jobs: { whole: readonly string[]; shared: readonly string[] },
): RecordedChange[] {
  const [whole, shared] = [jobs.whole, jobs.shared].map(
    (ids) => sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`,
  );
  const isOfFile =
    "file_id" in scope ? sql`OR dropped_by IN ${shared} AND file_id = ${scope.file_id}` : sql``;
  const isRetired = sql`op = 'retire' AND entity_id IN (
    SELECT entity_id FROM sources WHERE dropped_by IN ${whole} ${isOfFile})`;
  const condition =
    "run_id" in scope
      ? sql`(run_id = ${scope.run_id} OR ${isRetired})`
      : "file_id" in scope
        ? sql`(job_id IN ${whole} OR ${isRetired})`
        : sql`actor = ${scope.agent_id} AND created_at >= ${scope.since ?? EVER}`;
  return journal.all(
    sql<RecordedChange>`SELECT ${COLUMNS} FROM changes
      WHERE state = 'applied' AND actor <> 'user' AND ${condition} ORDER BY seq DESC`,
  );
}

/** Every change of an entity, undone ones included; oldest first. */
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

/** Takes back the values that a change confirmed. The change itself stays in force. */
export function dropConfirmed(journal: Journal, seq: number): void {
  journal.run(journal.build.updateTable("changes").set({ confirmed: null }).where("seq", "=", seq));
}

/** The entities whose sources come from a job. */
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
 * Corrects the sources of an entity after some jobs were undone. If another job of a file also stated the
 * entity, the source points to that job; otherwise the file is no longer a source of it. It stays dropped only if the
 * job that missed it could have found what that other job said. Returns the ids of the files whose source changed.
 */
export function followSources(
  journal: Journal,
  entityId: string,
  jobIds: ReadonlySet<string>,
): string[] {
  const rows = journal.all(
    sql<{ file_id: string; job_id: string }>`SELECT file_id, job_id FROM sources
      WHERE entity_id = ${entityId}`,
  );
  const followed = rows.filter(({ job_id }) => jobIds.has(job_id));
  for (const { file_id } of followed) {
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
            quote = ${word.quote}, verified = ${word.verified ?? 0},
            dropped_by = (SELECT missing.job_id FROM jobs AS missing JOIN jobs AS saying USING (extractor)
              WHERE missing.job_id = dropped_by AND saying.job_id = ${word.job_id}
                AND ${canJudge(sql`missing.gone`, sql`${word.verified}`, sql`${word.quote}`)})
            WHERE entity_id = ${ofFile.entity} AND file_id = ${ofFile.file}`,
    );
  }
  return followed.map(({ file_id }) => file_id);
}

/** A file that was undone, as its event needs it. */
export interface UndoneFile {
  file_id: string;
  path: string;
  agent_id: string;
  run_id: string;
}

/** Marks a done job and the files with its content as undone. Returns these files. */
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

/** Marks one file of a job as undone; other files still have the content. Empty if the file has another content by now. */
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

/** Records an undo. Call it first, because changes refer to it. */
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

/** Whether an attempt still holds a job of an agent, whose run may have been cancelled a moment ago. */
export function hasWorkingJob(journal: Journal, agentId: string): boolean {
  const ofAgent = journal.build.selectFrom("jobs").select("job_id").where("agent_id", "=", agentId);
  return journal.get(ofAgent.where("state", "=", "working").limit(1)) !== undefined;
}
