import { sql } from "kysely";
import type { Document } from "../protocol/document.ts";
import type { EntityType } from "../protocol/entity.ts";
import type { Journal } from "./open.ts";

/*
 * Whether a file still has what it is a source of. A source names the job, and so the version, in which its passage
 * was found; a later job of the file that misses it marks the source. Nothing else does.
 */

export interface EntityRef {
  entity_type: EntityType;
  entity_id: string;
}

export interface Evidence extends EntityRef {
  file_id: string;
  /** The passage; null: it has none, and the job said that it is gone. */
  quote: string | null;
  /** The job that did not find it; null: it is current. */
  dropped_by: string | null;
}

/** Notes that a done job read the whole text of its files, to its end, and what it said is gone. */
export function markReadWhole(journal: Journal, jobId: string, gone: readonly string[]): void {
  const values = { read_whole: 1, gone: gone.length === 0 ? null : JSON.stringify(gone) } as const;
  journal.run(journal.build.updateTable("jobs").set(values).where("job_id", "=", jobId));
}

/** The entities that have these files as current sources and a passage in none of them. */
export function listWithoutPassage(journal: Journal, fileIds: readonly string[]): Set<string> {
  const rows = journal.all(
    sql<{ entity_id: string }>`SELECT entity_id FROM sources
      WHERE file_id IN (SELECT value FROM json_each(${JSON.stringify(fileIds)}))
      GROUP BY entity_id HAVING max(verified) = 0 AND count(dropped_by) < count(*)`,
  );
  return new Set(rows.map(({ entity_id }) => entity_id));
}

/**
 * Whether a job can tell if its text has what a source of `entity_id` says, provided that one extractor read both: the
 * source has a passage, or the job said that the entity is gone.
 */
export function canJudge(gone: Sql, verified: Sql, quote: Sql): Sql {
  return sql`iif(${verified} = 1, ${quote} IS NOT NULL,
    entity_id IN (SELECT value FROM json_each(coalesce(${gone}, '[]'))))`;
}

type Sql = ReturnType<typeof sql>;

/**
 * The sources among these files that a job did not renew: those with a passage that was found in an earlier version,
 * and those without one that the job said are gone; as far as both versions were read by one extractor.
 *
 * @param isLast whether the job has what the files contain now; otherwise only sources of older jobs count
 */
export function listUnrenewed(
  journal: Journal,
  jobId: string,
  fileIds: readonly string[],
  isLast: boolean,
): Evidence[] {
  return journal.all(
    sql<Evidence>`SELECT entity_type, entity_id, file_id, iif(verified = 1, quote, NULL) AS quote, dropped_by
      FROM sources JOIN jobs AS former USING (job_id) JOIN jobs AS reading ON reading.job_id = ${jobId}
      WHERE file_id IN (SELECT value FROM json_each(${JSON.stringify(fileIds)}))
        AND sources.job_id <> reading.job_id AND (former.seq < reading.seq OR ${isLast ? 1 : 0})
        AND ${canJudge(sql`reading.gone`, sql`verified`, sql`quote`)}
        AND former.extractor = reading.extractor`,
  );
}

/** Marks a source as no longer in its file; null: as current. */
export function dropSource(
  journal: Journal,
  jobId: string | null,
  { entity_id, file_id }: Pick<Evidence, "entity_id" | "file_id">,
): void {
  journal.run(
    journal.build
      .updateTable("sources")
      .set({ dropped_by: jobId })
      .where("entity_id", "=", entity_id)
      .where("file_id", "=", file_id),
  );
}

/** Takes back what jobs dropped, of one file or of all. Returns the sources. */
export function restoreDropped(
  journal: Journal,
  jobIds: readonly string[],
  fileId?: string,
): EntityRef[] {
  const isOfFile = fileId === undefined ? sql`1` : sql`file_id = ${fileId}`;
  return journal.all(
    sql<EntityRef>`UPDATE sources SET dropped_by = NULL
      WHERE dropped_by IN (SELECT value FROM json_each(${JSON.stringify(jobIds)})) AND ${isOfFile}
      RETURNING entity_type, entity_id`,
  );
}

/** The files for which jobs were done. */
export function listFilesOfJobs(journal: Journal, jobIds: readonly string[]): string[] {
  const rows = journal.all(
    sql<{ file_id: string }>`SELECT DISTINCT file_id FROM origins
      WHERE job_id IN (SELECT value FROM json_each(${JSON.stringify(jobIds)}))`,
  );
  return rows.map(({ file_id }) => file_id);
}

/**
 * Whether no source of an entity is current.
 *
 * @param countsGone whether a file that was deleted still has what it had
 */
export function isDropped(journal: Journal, entityId: string, countsGone: boolean): boolean {
  const current = journal.get(
    sql<{ found: 1 }>`SELECT 1 AS found FROM sources JOIN files USING (file_id)
      WHERE entity_id = ${entityId} AND dropped_by IS NULL
        AND (${countsGone ? 1 : 0} OR files.state <> 'gone') LIMIT 1`,
  );
  return current === undefined;
}

/** A done job that read the whole text of a file. */
export interface Reading {
  job_id: string;
  /** Whether the file has that text now. */
  is_now: boolean;
}

/**
 * The jobs in force that read the whole text of a file last, one for each extractor. A file that went back to an earlier
 * text was last read by the job of that text.
 */
export function listLastReadings(journal: Journal, fileId: string): Reading[] {
  const rows = journal.all(
    sql<{ job_id: string; extractor: string | null; is_now: 0 | 1 }>`
      SELECT jobs.job_id, jobs.extractor, jobs.job_id IS files.job_id AS is_now
      FROM origins
      JOIN files ON files.file_id = origins.file_id
      JOIN jobs ON jobs.job_id = origins.job_id
      WHERE origins.file_id = ${fileId} AND jobs.state = 'done' AND jobs.read_whole = 1
      ORDER BY is_now DESC, jobs.seq DESC`,
  );
  const last = Map.groupBy(rows, ({ extractor }) => extractor);
  return [...last.values()].flatMap(([first]) =>
    first === undefined ? [] : [{ job_id: first.job_id, is_now: first.is_now === 1 }],
  );
}

/**
 * The text of the last version of these files that a model read to its end, as the job's agent is set now, with this
 * extractor; undefined: it is not kept, or what came from it was undone since the text was read whole.
 */
export function findFormerText(
  journal: Journal,
  job: { job_id: string; agent_id: string; base_recipe: string },
  { file_ids, extractor }: { file_ids: readonly string[]; extractor: string },
): string | undefined {
  const rows = journal.all(
    sql<{ job_id: string; state: string; reason: string | null; is_fit: 0 | 1; is_whole: 0 | 1 }>`
      SELECT job_id, state, reason, frame ->> '$.changes' IS NULL AS is_whole,
        state = 'done' AND read_whole = 1 AND base_recipe = ${job.base_recipe}
          AND extractor = ${extractor} AND (outcome = 'recorded' OR frame ->> '$.changes' IS NOT NULL)
          AND EXISTS (SELECT 1 FROM requests WHERE requests.job_id = jobs.job_id
            AND requests.state = 'answered' AND provider <> 'rules') AS is_fit
      FROM jobs WHERE agent_id = ${job.agent_id} AND job_id <> ${job.job_id} AND job_id IN (
        SELECT job_id FROM origins
        WHERE file_id IN (SELECT value FROM json_each(${JSON.stringify(file_ids)}))
        GROUP BY job_id HAVING count(*) = ${file_ids.length})
      ORDER BY seq DESC`,
  );
  const former = rows.find(({ state }) => state === "done");
  const whole = rows.findIndex(({ is_fit, is_whole }) => is_fit === 1 && is_whole === 1);
  const isUndone = rows
    .slice(0, whole + 1)
    .some(({ reason }) => reason === "undone" || reason === "forgotten");
  if (whole < 0 || isUndone || former?.is_fit !== 1) return undefined;
  return findWholeText(journal, former.job_id);
}

/** The passages that a file is a current source with. */
export function listCurrentQuotes(
  journal: Journal,
  fileId: string,
): (EntityRef & { quote: string })[] {
  return journal.all(
    sql<EntityRef & { quote: string }>`SELECT entity_type, entity_id, quote FROM sources
      WHERE file_id = ${fileId} AND verified = 1 AND quote IS NOT NULL AND dropped_by IS NULL
      ORDER BY entity_id`,
  );
}

/** The text that a done job read; undefined: it did not read it whole, or the text is no longer kept. */
export function findWholeText(journal: Journal, jobId: string): string | undefined {
  const row = journal.get(
    sql<{ document: string }>`SELECT document FROM jobs JOIN documents USING (hash, extractor)
      WHERE job_id = ${jobId} AND jobs.state = 'done' AND read_whole = 1`,
  );
  return row && (JSON.parse(row.document) as Document).text;
}
