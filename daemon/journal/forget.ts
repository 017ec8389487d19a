import { sql } from "kysely";
import { ENTITY_TYPES, type EntityType } from "../protocol/entity.ts";
import type { ForgetAnswer } from "../protocol/forget.ts";
import { ENTITY_TABLES } from "./entities.ts";
import { forgetDrafts } from "./drafts.ts";
import type { FileRow } from "./files.ts";
import type { Journal } from "./open.ts";
import { forgetSketches } from "./traces.ts";

interface JobOfContent {
  job_id: string;
  agent_id: string;
  hash: string;
  state: string;
  /** The run that it is in, or was in last. */
  run_id: string;
  run_status: string;
}

/** Every job of any agent for a content that a file has or had. Copies of the file share these jobs. */
export function listJobsOfFile(journal: Journal, file: FileRow): JobOfContent[] {
  return journal.all(
    sql<JobOfContent>`SELECT jobs.job_id, jobs.agent_id, hash, state, run_id, runs.status AS run_status
      FROM jobs JOIN runs USING (run_id)
      WHERE jobs.agent_id IN (SELECT agent_id FROM agents) AND hash IN (
        SELECT ${file.hash} UNION
        SELECT hash FROM jobs WHERE job_id IN (
          SELECT job_id FROM origins WHERE file_id = ${file.file_id} UNION SELECT ${file.job_id}
        )
      )`,
  );
}

/**
 * Purges what the journal keeps of a file's contents: texts, conversations, quotes, proposals, drafts of what it made,
 * and the tombstones of entities that an undo removed. Jobs that still wait are skipped. Entities stay. The tombstones
 * of entities that the user deleted stay too, because they keep these entities from coming back.
 *
 * @param jobs the result of {@link listJobsOfFile}; none of them may be in a running run
 */
export function forget(
  journal: Journal,
  file: FileRow,
  jobs: readonly JobOfContent[],
  now: string,
): ForgetAnswer {
  const { file_id, path } = file;
  const hashes = sql`(SELECT value FROM json_each(${JSON.stringify([
    ...new Set([...jobs.map(({ hash }) => hash), ...(file.hash === null ? [] : [file.hash])]),
  ])}))`;
  const ids = sql`(SELECT value FROM json_each(${JSON.stringify(jobs.map(({ job_id }) => job_id))}))`;
  // By attempt, because requests have no index by job.
  const attempts = sql`(SELECT attempt_id FROM attempts WHERE job_id IN ${ids})`;
  return journal.transaction(() => {
    const also = journal.all(
      sql<{ path: string }>`SELECT DISTINCT path FROM files
        WHERE job_id IN ${ids} AND path <> ${path} AND state <> 'gone' ORDER BY path`,
    );
    const texts = journal.run(sql`DELETE FROM documents WHERE hash IN ${hashes}`);
    const replies = journal.run(
      sql`UPDATE requests SET reply = NULL, tool_results = NULL
        WHERE attempt_id IN ${attempts} AND (reply IS NOT NULL OR tool_results IS NOT NULL)`,
    );
    journal.run(sql`UPDATE requests SET path = NULL, shown = NULL WHERE attempt_id IN ${attempts}`);
    const drafts = forgetDrafts(
      journal,
      jobs.map(({ job_id }) => job_id),
    );
    const quotes = journal.run(
      sql`UPDATE sources SET quote = NULL, verified = 0 WHERE job_id IN ${ids} AND quote IS NOT NULL`,
    );
    journal.run(sql`UPDATE changes SET quote = NULL, verified = 0 WHERE job_id IN ${ids}`);
    journal.run(
      sql`DELETE FROM changes WHERE job_id IN ${ids} AND state IN ('proposed', 'rejected')`,
    );
    for (const type of ENTITY_TYPES) eraseTombstones(journal, type, ids);
    eraseErrors(journal, ids);
    forgetSketches(
      journal,
      jobs.map(({ job_id }) => job_id),
    );
    journal.run(
      sql`UPDATE files SET state = 'skipped', reason = 'forgotten', next_attempt_at = NULL, error = NULL
        WHERE state = 'pending' AND job_id IN ${ids}`,
    );
    journal.run(
      sql`UPDATE jobs SET state = 'skipped', reason = 'forgotten', next_attempt_at = NULL, error = NULL,
          finished_at = ${now}
        WHERE job_id IN ${ids} AND state IN ('pending', 'superseded')`,
    );
    journal.run(sql`UPDATE jobs SET warnings = '[]' WHERE job_id IN ${ids}`);
    journal.run(sql`UPDATE jobs SET frame = NULL, forgotten_at = ${now} WHERE job_id IN ${ids}`);
    return { file_id, path, texts, replies, quotes, drafts, also: also.map((other) => other.path) };
  });
}

/** Erases the messages of errors, because some endpoints quote the text they were sent. Codes stay. */
function eraseErrors(journal: Journal, jobs: ReturnType<typeof sql>): void {
  const ofAttempts = sql`SELECT attempt_id FROM attempts WHERE job_id IN ${jobs}`;
  const ofRuns = sql`SELECT run_id FROM attempts WHERE job_id IN ${jobs}`;
  const holders = [
    sql`requests SET error = json_set(error, '$.message', 'Forgotten.')
      WHERE error IS NOT NULL AND attempt_id IN (${ofAttempts})`,
    sql`runs SET error = json_set(error, '$.message', 'Forgotten.')
      WHERE error IS NOT NULL AND run_id IN (${ofRuns})`,
    ...["attempts", "jobs", "files"].map(
      (table) => sql`${sql.table(table)} SET error = json_set(error, '$.message', 'Forgotten.')
        WHERE error IS NOT NULL AND job_id IN ${jobs}`,
    ),
    // This reads every event, so it only runs if an attempt failed.
    sql`events SET event = json_set(event, '$.message', 'Forgotten.')
      WHERE EXISTS (SELECT 1 FROM attempts WHERE job_id IN ${jobs} AND outcome = 'failed')
        AND event ->> '$.type' = 'file.failed'
        AND event ->> '$.file_id' IN (SELECT file_id FROM origins WHERE job_id IN ${jobs}
          UNION SELECT file_id FROM files WHERE job_id IN ${jobs})`,
  ];
  for (const holder of holders) journal.run(sql`UPDATE ${holder}`);
}

const EMPTY: Readonly<Record<EntityType, ReturnType<typeof sql>>> = {
  project: sql`name = 'Forgotten', name_key = '', description = ''`,
  task: sql`title = 'Forgotten', title_key = '', description = '', tags = '[]'`,
  note: sql`title = 'Forgotten', title_key = '', body = '', tags = '[]'`,
};

/** Empties the entities that these jobs made and an undo removed: nothing shows them or compares with them any more. */
function eraseTombstones(journal: Journal, type: EntityType, jobs: ReturnType<typeof sql>): void {
  const made = sql`SELECT entity_id FROM changes WHERE job_id IN ${jobs} AND op = 'create'`;
  const erased = journal.all(
    sql<{ id: string }>`UPDATE ${sql.table(ENTITY_TABLES[type])} SET ${EMPTY[type]}
      WHERE deleted_by = 'undo' AND id IN (${made}) RETURNING id`,
  );
  journal.run(
    sql`UPDATE changes SET before = NULL, after = NULL, confirmed = NULL, quote = NULL
      WHERE entity_id IN (SELECT value FROM json_each(${JSON.stringify(erased.map(({ id }) => id))}))`,
  );
}
