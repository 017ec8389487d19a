import { sql } from "kysely";
import type { Sends } from "../core/sends.ts";
import type { Journal } from "./open.ts";

/** To whom what is in a watched directory may be sent. */
export interface Place {
  agent_id: string;
  /** Absolute, real. */
  path: string;
  sends: Sends;
  /** The directory says so itself, and not the top level for it. */
  is_explicit: boolean;
}

/** Every directory that an agent ever watched, with what was last in force for it. */
export function listPlaces(journal: Journal): Place[] {
  const rows = journal.all(journal.build.selectFrom("places").selectAll());
  return rows.map(({ agent_id, path, sends, explicit }) => ({
    agent_id,
    path,
    sends: JSON.parse(sends) as Sends,
    is_explicit: explicit === 1,
  }));
}

/** Keeps what is in force for directories. Those that are not named keep what was in force for them. */
export function savePlaces(journal: Journal, places: readonly Place[]): void {
  for (const { agent_id, path, sends, is_explicit } of places) {
    const said = { sends: JSON.stringify(sends), explicit: is_explicit ? 1 : 0 } as const;
    journal.run(
      journal.build
        .insertInto("places")
        .values({ agent_id, path, ...said })
        .onConflict((conflict) =>
          conflict
            .columns(["agent_id", "path"])
            .doUpdateSet(said)
            .where(
              sql<boolean>`places.sends <> excluded.sends OR places.explicit <> excluded.explicit`,
            ),
        ),
    );
  }
}

/** A file as far as it matters to whom it may be sent. */
export interface FilePlace {
  file_id: string;
  agent_id: string;
  path: string;
  root: string;
}

/** Whether a job changed or confirmed an entity of which no file is known any more. */
export function hasLostProvenance(journal: Journal, entityId: string): boolean {
  const lost = journal.get(
    sql`SELECT 1 FROM changes WHERE entity_id = ${entityId} AND job_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM origins WHERE origins.job_id = changes.job_id)
      AND NOT EXISTS (SELECT 1 FROM files WHERE files.job_id = changes.job_id)`,
  );
  return lost !== undefined;
}

/** The files that an entity ever came from: its sources, and the files of every job that changed or confirmed it. */
export function listProvenance(journal: Journal, entityId: string): FilePlace[] {
  return journal.all(
    sql<FilePlace>`SELECT file_id, agent_id, path, root FROM files WHERE file_id IN (
        SELECT file_id FROM sources WHERE entity_id = ${entityId}
        UNION SELECT origins.file_id FROM changes JOIN origins USING (job_id)
          WHERE changes.entity_id = ${entityId}
        UNION SELECT files.file_id FROM changes JOIN files USING (job_id)
          WHERE changes.entity_id = ${entityId}
      )`,
  );
}
