import { sql } from "kysely";
import type { EntityType, FieldsByType, Source } from "../protocol/entity.ts";
import type { Journal } from "./open.ts";

/** Links an entity to a file; an existing link gets job, run and quote of the latest job, and is current again. */
export function saveSource(
  journal: Journal,
  source: {
    entity_type: EntityType;
    entity_id: string;
    file_id: string;
    job_id: string;
    run_id: string;
    quote: string | null;
    verified: boolean;
  },
  now: string,
): void {
  const values = { ...source, verified: source.verified ? (1 as const) : (0 as const) };
  journal.run(
    journal.build
      .insertInto("sources")
      .values({ ...values, created_at: now })
      .onConflict((conflict) =>
        conflict.columns(["entity_id", "file_id"]).doUpdateSet({
          job_id: values.job_id,
          run_id: values.run_id,
          quote: values.quote,
          verified: values.verified,
          dropped_by: null,
        }),
      ),
  );
}

/**
 * Makes a file a source of what a job recorded, because the file has the content of that job. A link that is there
 * stays as it is.
 *
 * @param except ids of entities that are left out
 */
export function shareSources(
  journal: Journal,
  { job_id, file_id, except = [] }: { job_id: string; file_id: string; except?: readonly string[] },
  now: string,
): void {
  addOrigins(journal, job_id, [file_id]);
  journal.run(
    sql`INSERT INTO sources
        (entity_id, file_id, entity_type, job_id, run_id, quote, verified, created_at)
      SELECT entity_id, ${file_id}, entity_type, job_id, run_id, max(quote), coalesce(max(verified), 0), ${now}
      FROM changes WHERE job_id = ${job_id} AND state = 'applied'
        AND entity_id NOT IN (SELECT value FROM json_each(${JSON.stringify(except)}))
      GROUP BY entity_id
      ON CONFLICT (entity_id, file_id) DO NOTHING`,
  );
}

/** The sources of each of these entities, oldest link first; every given id has an entry. */
export function listSources(journal: Journal, entityIds: readonly string[]): Map<string, Source[]> {
  const byEntity = new Map<string, Source[]>(entityIds.map((id) => [id, []]));
  if (entityIds.length === 0) return byEntity;
  const rows = journal.all(
    journal.build
      .selectFrom("sources")
      .innerJoin("files", "files.file_id", "sources.file_id")
      .innerJoin("jobs", "jobs.job_id", "sources.job_id")
      .select([
        "sources.entity_id",
        "sources.file_id",
        "files.path",
        "sources.run_id",
        "jobs.hash",
        "sources.quote",
        "sources.verified",
        "sources.dropped_by",
      ])
      .where("sources.entity_id", "in", [...entityIds])
      .orderBy("sources.created_at")
      .orderBy("files.seq"),
  );
  for (const { entity_id, verified, dropped_by, ...source } of rows) {
    const current = dropped_by === null;
    byEntity.get(entity_id)?.push({ ...source, verified: verified === 1, current });
  }
  return byEntity;
}

/** The ids of the entities that have any of these files as a source, tombstones included, with their quotes. */
export function listQuotes(journal: Journal, fileIds: readonly string[]): Map<string, string[]> {
  const rows = journal.all(
    sql<{ entity_id: string; quote: string | null }>`
      SELECT entity_id, quote FROM sources
      WHERE file_id IN (SELECT value FROM json_each(${JSON.stringify(fileIds)}))`,
  );
  const ofEntity = Map.groupBy(rows, (row) => row.entity_id);
  return new Map([...ofEntity].map(([id, of]) => [id, of.flatMap(({ quote }) => quote ?? [])]));
}

/** Saves the files for which a job was done; they replace the files that were expected. */
export function fixOrigins(journal: Journal, jobId: string, fileIds: readonly string[]): void {
  journal.run(journal.build.deleteFrom("origins").where("job_id", "=", jobId));
  addOrigins(journal, jobId, fileIds);
}

function addOrigins(journal: Journal, jobId: string, fileIds: readonly string[]): void {
  for (const file_id of fileIds) {
    journal.run(
      journal.build
        .insertInto("origins")
        .values({ job_id: jobId, file_id })
        .onConflict((conflict) => conflict.doNothing()),
    );
  }
}

/** Records a change of an entity, with the values that an undo needs. */
export function appendChange<T extends EntityType>(
  journal: Journal,
  change: {
    actor: string;
    run_id: string | null;
    job_id: string | null;
    position: number | null;
    op: "create" | "update" | "confirm" | "retire" | "delete";
    entity_type: T;
    entity_id: string;
    before: Partial<FieldsByType[T]> | null;
    after: Partial<FieldsByType[T]> | null;
    /** What was so already, or had been edited by the user; left out: nothing. */
    confirmed?: Partial<FieldsByType[T]> | undefined;
    /** The passage that is its reason; left out if it has no such passage. */
    quote?: string | null;
    verified?: boolean;
    /** Default: applied. */
    state?: "applied" | "proposed";
  },
  now: string,
): void {
  const { confirmed = {} } = change;
  journal.run(
    journal.build.insertInto("changes").values({
      ...change,
      confirmed: Object.keys(confirmed).length === 0 ? null : JSON.stringify(confirmed),
      quote: change.quote ?? null,
      verified: change.verified === undefined ? null : change.verified ? 1 : 0,
      before: change.before === null ? null : JSON.stringify(change.before),
      after: change.after === null ? null : JSON.stringify(change.after),
      state: change.state ?? "applied",
      created_at: now,
    }),
  );
}

/** A change that a job of a dry run would make. */
export interface Proposal {
  op: "create" | "update" | "retire";
  entity_type: EntityType;
  entity_id: string;
  before: Partial<FieldsByType[EntityType]> | null;
  after: Partial<FieldsByType[EntityType]> | null;
  quote: string | null;
  verified: boolean;
}

/** The place of the newest change, for {@link listChangesSince}. */
export function findLastChange(journal: Journal): number {
  const row = journal.get(sql<{ seq: number | null }>`SELECT max(seq) AS seq FROM changes`);
  return row?.seq ?? 0;
}

/** What was created, updated and retired after a change, in that order. */
export function listChangesSince(journal: Journal, seq: number): Proposal[] {
  return journal
    .all(
      sql<{
        op: Proposal["op"];
        entity_type: EntityType;
        entity_id: string;
        before: string | null;
        after: string | null;
        quote: string | null;
        verified: number | null;
      }>`SELECT op, entity_type, entity_id, before, after, quote, verified FROM changes
        WHERE seq > ${seq} AND op IN ('create', 'update', 'retire') ORDER BY seq`,
    )
    .map(({ before, after, verified, ...change }) => ({
      ...change,
      before: before === null ? null : (JSON.parse(before) as Proposal["before"]),
      after: after === null ? null : (JSON.parse(after) as Proposal["after"]),
      verified: verified === 1,
    }));
}

/** Whether a later job of this file, or its deletion, changed, said or dropped anything since a job was done for it. */
export function isRenewedSince(journal: Journal, jobId: string, fileId: string): boolean {
  return (
    journal.get(
      sql<{ found: number }>`SELECT 1 AS found FROM sources JOIN changes USING (entity_id)
        WHERE file_id = ${fileId} AND changes.job_id = ${jobId} AND changes.state = 'applied'
          AND (sources.job_id <> changes.job_id OR sources.dropped_by IS NOT NULL)
      UNION ALL SELECT 1 AS found FROM sources JOIN changes USING (entity_id)
        WHERE sources.file_id = ${fileId} AND changes.state = 'applied'
          AND changes.seq > (SELECT max(seq) FROM changes WHERE job_id = ${jobId} AND state = 'applied')
          AND changes.actor <> 'user'
        LIMIT 1`,
    ) !== undefined
  );
}

/** Whether the last change of an entity retired it. */
export function isRetired(journal: Journal, entityId: string): boolean {
  return findRetiredStatus(journal, entityId) !== undefined;
}

/** The status that an entity had before its last change retired it; undefined: another change was its last. */
export function findRetiredStatus(journal: Journal, entityId: string): string | undefined {
  const last = journal.get(
    journal.build
      .selectFrom("changes")
      .select(["op", "before"])
      .where("entity_id", "=", entityId)
      .where("state", "=", "applied")
      .orderBy("seq", "desc")
      .limit(1),
  );
  if (last?.op !== "retire") return undefined;
  return (JSON.parse(last.before ?? "{}") as { status?: string }).status;
}

/**
 * The statements of a job: the entities that it created, changed or confirmed, each with the fields that agents
 * had set by then. A job that only confirmed an entity states its fields too.
 */
export function listStatementsOf(
  journal: Journal,
  jobId: string,
): {
  entity_type: EntityType;
  entity_id: string;
  run_id: string;
  /** The passage of the job's document. */
  quote: string | null;
  verified: boolean;
  fields: Partial<FieldsByType[EntityType]>;
}[] {
  const rows = journal.all(
    sql<{
      entity_type: EntityType;
      entity_id: string;
      run_id: string;
      quote: string | null;
      verified: 0 | 1 | null;
      after: string | null;
      confirmed: string | null;
    }>`
      SELECT said.entity_type, said.entity_id, said.run_id, said.quote, said.verified, changes.after,
        changes.confirmed
      FROM (SELECT entity_type, entity_id, run_id, quote, verified, max(seq) AS seq FROM changes
        WHERE job_id = ${jobId} AND state = 'applied' GROUP BY entity_id) AS said
      JOIN changes ON changes.entity_id = said.entity_id AND changes.seq <= said.seq
      WHERE changes.state = 'applied' AND changes.actor <> 'user'
      ORDER BY said.seq, changes.seq`,
  );
  return [...Map.groupBy(rows, ({ entity_id }) => entity_id).values()].flatMap((ofEntity) => {
    const [first] = ofEntity;
    if (first === undefined) return [];
    const { after: _after, confirmed: _confirmed, verified, ...statement } = first;
    const said = ofEntity.flatMap(({ confirmed, after }) =>
      [confirmed, after].map((json) => JSON.parse(json ?? "{}") as object),
    );
    const fields: Partial<FieldsByType[EntityType]> = Object.assign({}, ...said);
    return [{ ...statement, verified: verified === 1, fields }];
  });
}

/** The entities that have this file as a source, and no other one that still exists and has them. */
export function listOrphans(
  journal: Journal,
  fileId: string,
): { entity_type: EntityType; entity_id: string }[] {
  return journal.all(
    sql<{ entity_type: EntityType; entity_id: string }>`
      SELECT entity_type, entity_id FROM sources WHERE file_id = ${fileId} AND NOT EXISTS (
        SELECT 1 FROM sources AS other JOIN files USING (file_id)
        WHERE other.entity_id = sources.entity_id AND files.state <> 'gone'
          AND files.file_id <> ${fileId} AND other.dropped_by IS NULL
      )`,
  );
}
