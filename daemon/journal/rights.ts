import { sql } from "kysely";
import { ENTITY_TYPES } from "../protocol/entity.ts";
import { ENTITY_TABLES, TEXT_FIELDS } from "./entities.ts";
import type { Journal } from "./open.ts";

/*
 * What files may do with entities, decided from the changes that were committed. A source is not enough: until 0.2
 * a model could make its file a source of any entity of its agent.
 */

// A change of `changes` that counts for a file of `origins`: it is applied, or it is a create and its file said the entity again after the undo.
const isMaking = sql`(state = 'applied' OR op = 'create' AND state = 'undone' AND EXISTS (SELECT 1 FROM sources
  WHERE sources.entity_id = changes.entity_id AND sources.file_id = origins.file_id))`;

/**
 * The entities that any of these files made: a job of the file created the entity. A file with the content of a
 * job shares what that job stated, so a copy has the rights of its original. If the create was undone, a file that
 * said the entity again is still its maker.
 */
export function listMade(journal: Journal, fileIds: readonly string[]): Set<string> {
  const files = sql`(SELECT value FROM json_each(${JSON.stringify(fileIds)}))`;
  const created = journal.all(
    sql<{ entity_id: string }>`SELECT entity_id FROM origins JOIN changes USING (job_id)
      WHERE file_id IN ${files} AND op = 'create' AND ${isMaking}`,
  );
  const made = new Set(created.map(({ entity_id }) => entity_id));
  const linked = journal.all(
    sql<{ entity_id: string }>`SELECT DISTINCT entity_id FROM sources WHERE file_id IN ${files}`,
  );
  for (const { entity_id } of linked) {
    if (!made.has(entity_id) && isMadeByCopy(journal, entity_id, fileIds)) made.add(entity_id);
  }
  return made;
}

/** Whether a job that created the entity shares files, over jobs that stated it, with these files. */
function isMadeByCopy(journal: Journal, entityId: string, fileIds: readonly string[]): boolean {
  const rows = journal.all(
    sql<{ job_id: string; file_id: string; op: string }>`SELECT job_id, file_id, op
      FROM changes JOIN origins USING (job_id) WHERE entity_id = ${entityId} AND ${isMaking}`,
  );
  const files = new Set(fileIds);
  const jobs = Map.groupBy(rows, ({ job_id }) => job_id);
  for (let known = -1; known < files.size;) {
    known = files.size;
    for (const [jobId, ofJob] of jobs) {
      if (!ofJob.some(({ file_id }) => files.has(file_id))) continue;
      if (ofJob.some(({ op }) => op === "create")) return true;
      for (const { file_id } of ofJob) files.add(file_id);
      jobs.delete(jobId);
    }
  }
  return false;
}

/** The entities that any of these files supports with a passage of its text. */
export function listSupported(journal: Journal, fileIds: readonly string[]): Set<string> {
  const rows = journal.all(
    sql<{ entity_id: string }>`SELECT DISTINCT entity_id FROM sources
      WHERE verified = 1 AND file_id IN (SELECT value FROM json_each(${JSON.stringify(fileIds)}))`,
  );
  return new Set(rows.map(({ entity_id }) => entity_id));
}

/** The entities whose text is, to the letter, one that a job of these files wrote. */
export function listOwnTexts(journal: Journal, fileIds: readonly string[]): Set<string> {
  const rows = ENTITY_TYPES.flatMap((type) =>
    journal.all(
      sql<{ id: string }>`SELECT DISTINCT id
        FROM origins JOIN changes USING (job_id) JOIN ${sql.table(ENTITY_TABLES[type])} ON id = entity_id
        WHERE file_id IN (SELECT value FROM json_each(${JSON.stringify(fileIds)}))
          AND (op IN ('create', 'update') AND state = 'applied' OR op = 'create' AND state = 'undone')
          AND after ->> ${`$.${TEXT_FIELDS[type]}`} = ${sql.ref(TEXT_FIELDS[type])}`,
    ),
  );
  return new Set(rows.map(({ id }) => id));
}
