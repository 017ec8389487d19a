import { sql } from "kysely";
import type { Journal } from "./open.ts";

/*
 * By which a file is known again that was renamed and edited between two looks: the birth of its inode and a
 * sketch of its lines.
 */

/**
 * Keeps the trace of a file. Without a sketch, the one that was made of the same inode stays.
 *
 * @param sketch left out: its content was not read now
 */
export function saveTrace(
  journal: Journal,
  fileId: string,
  { inode, born_ms }: { inode: number; born_ms?: number },
  sketch?: Uint8Array,
): void {
  if (born_ms === undefined) {
    dropTrace(journal, fileId);
    return;
  }
  journal.run(
    sql`INSERT INTO traces (file_id, inode, born_ms, sketch)
      VALUES (${fileId}, ${inode}, ${born_ms}, ${sketch === undefined ? null : Buffer.from(sketch)})
      ON CONFLICT (file_id) DO UPDATE SET inode = excluded.inode, born_ms = excluded.born_ms,
        sketch = coalesce(excluded.sketch,
          iif(inode = excluded.inode AND born_ms = excluded.born_ms, sketch, NULL))`,
  );
}

export function dropTrace(journal: Journal, fileId: string): void {
  journal.run(journal.build.deleteFrom("traces").where("file_id", "=", fileId));
}

/** Gives a file the trace of another one. */
export function moveTrace(
  journal: Journal,
  { kept, dropped }: { kept: string; dropped: string },
): void {
  journal.run(
    sql`INSERT OR REPLACE INTO traces (file_id, inode, born_ms, sketch)
      SELECT ${kept}, inode, born_ms, sketch FROM traces WHERE file_id = ${dropped}`,
  );
}

/** Whether a file that nothing is known of yet, because it is still being written, has the inode of this one. */
export function isArriving(
  journal: Journal,
  { file_id, agent_id }: { file_id: string; agent_id: string },
): boolean {
  return (
    journal.get(
      sql<{ found: 1 }>`SELECT 1 AS found FROM traces AS gone
        JOIN traces AS here ON here.inode = gone.inode AND here.born_ms = gone.born_ms
        JOIN files ON files.file_id = here.file_id
        WHERE gone.file_id = ${file_id} AND here.file_id <> ${file_id} AND agent_id = ${agent_id}
          AND state = 'pending' AND hash IS NULL AND processed_at IS NULL
        LIMIT 1`,
    ) !== undefined
  );
}

/** Removes what the traces keep of the texts of files for which one of these jobs was made. */
export function forgetSketches(journal: Journal, jobIds: readonly string[]): void {
  const ids = sql`(SELECT value FROM json_each(${JSON.stringify(jobIds)}))`;
  journal.run(
    sql`UPDATE traces SET sketch = NULL WHERE file_id IN (
      SELECT file_id FROM origins WHERE job_id IN ${ids} UNION SELECT file_id FROM files WHERE job_id IN ${ids})`,
  );
}
