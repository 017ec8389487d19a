import { endAttempt, saveToolResults } from "../journal/attempts.ts";
import {
  findActiveProject,
  findAlive,
  findEntity,
  insertEntity,
  updateEntity,
} from "../journal/entities.ts";
import { appendEvent } from "../journal/events.ts";
import { markReadWhole } from "../journal/evidence.ts";
import { listFilesOfJob, settleFiles, unsettleFile } from "../journal/files.ts";
import { type ClaimedJob, endJob } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { saveOutcome } from "../journal/outcomes.ts";
import { countDone } from "../journal/runs.ts";
import { appendChange, fixOrigins, saveSource } from "../journal/sources.ts";
import type { Change, ChangeSet } from "../protocol/change-set.ts";
import type { EntityType, FieldsByType, ProjectFields } from "../protocol/entity.ts";
import type { Warning } from "../protocol/warning.ts";
import { dropUnfound } from "./evidence.ts";
import { isSharedIn } from "./passage.ts";
import { findNamesake } from "./project-name.ts";
import { recordChange } from "./record.ts";
import { followReading, reopen, type Retiring } from "./retire.ts";

/*
 * A change set and its journal row become true together, in one transaction, or not at all. Only the
 * attempt that holds the job may commit; any other attempt is fenced off and changes nothing. The store may
 * have changed while the model worked, so the commit checks again what must hold now: the user's edits,
 * tombstones, unique project names. It never calls a model and never touches a file. A crash before the end
 * of the transaction costs nothing: the stored replies lead to the same commit.
 */

export interface CommitRequest {
  job: ClaimedJob;
  change_set: ChangeSet;
  /** The answers of the tools, by iteration (1-based); kept for explanation. */
  tool_results: ReadonlyMap<number, readonly string[]>;
  /** What was read to its end; left out: text was left out, or a limit ended the job. It shows what is no longer there. */
  read_whole?: { text: string } & Retiring;
  /** Files of the job that changed since they were read: they become sources, and are pending again. */
  changed_files: readonly { file_id: string; next_attempt_at: string }[];
  /** What of the file was not read, and what of it could not be recorded. */
  warnings: readonly Warning[];
}

/**
 * Commits the change set of a job. Returns false, with nothing changed, if another attempt has the job.
 *
 * @param now ISO 8601
 * @throws {RunnerError} journal_unwritable
 */
export function commit(journal: Journal, request: CommitRequest, now: string): boolean {
  const { job } = request;
  return journal.transaction(() => {
    if (!endJob(journal, job, { state: "done" }, now)) return false;
    const files = listFilesOfJob(journal, job);
    const origin: Origin = {
      job,
      file_ids: files.map((file) => file.file_id),
      now,
      renamed: new Map(),
    };
    fixOrigins(journal, job.job_id, origin.file_ids);
    reopenSaid(journal, request.change_set, origin);
    for (const [position, change] of request.change_set.changes.entries()) {
      apply(journal, change, position, origin);
    }
    for (const confirmed of request.change_set.confirmed) confirm(journal, confirmed, origin);
    const { gone = [] } = request.change_set;
    if (request.read_whole !== undefined) noteReading(journal, request.read_whole, gone, origin);
    saveToolResults(journal, job, request.tool_results);
    settleFiles(
      journal,
      job.job_id,
      { state: "done", reason: null, next_attempt_at: null, error: null },
      now,
    );
    for (const { file_id, next_attempt_at } of request.changed_files) {
      unsettleFile(journal, file_id, { reason: "changed", next_attempt_at });
    }
    endAttempt(journal, job.attempt_id, "done", null, now);
    const result = saveOutcome(journal, job, request.warnings);
    countDone(journal, job.job_id, result);
    for (const file of files) {
      const { file_id, path } = file;
      const { run_id, agent_id } = job;
      const of = { run_id, agent_id, file_id, path, ...result };
      appendEvent(journal, { type: "file.done", ...of }, now);
    }
    return true;
  });
}

/** Opens again what was retired, unless the job says in which status it is. */
function reopenSaid(journal: Journal, { changes, confirmed }: ChangeSet, origin: Origin): void {
  const updates = changes.filter(({ op, fields }) => op === "update" && !("status" in fields));
  for (const entity of [...updates, ...confirmed]) {
    if (!("status" in (entity.said ?? {}))) reopen(journal, entity, origin.job, origin.now);
  }
}

/** Looks for what the files no longer contain, and for what they contain again. */
function noteReading(
  journal: Journal,
  { text, ...retiring }: NonNullable<CommitRequest["read_whole"]>,
  gone: readonly string[],
  { job, file_ids, now }: Origin,
): void {
  markReadWhole(journal, job.job_id, gone);
  const judged = dropUnfound(journal, { job_id: job.job_id, file_ids, text, is_last: true }, now);
  followReading(journal, judged, { ...job, ...retiring }, now);
}

interface Origin {
  job: ClaimedJob;
  file_ids: readonly string[];
  now: string;
  /** From the ids of created projects to the ids of active projects that have their names by now. */
  renamed: Map<string, string>;
}

function apply(journal: Journal, change: Change, position: number, origin: Origin): void {
  switch (change.entity_type) {
    case "project":
      if (change.op === "create") {
        const { name = "" } = change.fields;
        const existing = findActiveProject(journal, name);
        if (existing !== undefined) {
          origin.renamed.set(change.entity_id, existing.id);
          if (change.verified && isSharedIn(existing.fields, change.quote ?? "")) {
            confirm(journal, { ...change, entity_id: existing.id, said: { name } }, origin);
          }
          return;
        }
      }
      write(
        journal,
        change,
        position,
        {
          fields: withFreeName(journal, change.entity_id, change.fields),
          said: change.said ?? {},
        },
        origin,
      );
      return;
    case "task":
    case "note":
      write(
        journal,
        change,
        position,
        {
          fields: withoutDeletedProject(journal, change.fields, origin),
          said: withoutDeletedProject(journal, change.said ?? {}, origin),
        },
        origin,
      );
      return;
  }
}

function write<T extends EntityType>(
  journal: Journal,
  change: { op: "create" | "update"; entity_type: T; entity_id: string } & Evidence,
  position: number,
  { fields, said }: Record<"fields" | "said", Partial<FieldsByType[T]>>,
  origin: Origin,
): void {
  const { job, now } = origin;
  const { entity_type, entity_id, op, quote, verified } = change;
  let before: Partial<FieldsByType[T]> | null = null;
  let after = fields;
  let confirmed = said;
  if (op === "create") {
    const entity = { id: entity_id, fields, created_by: job.agent_id, user_edited: [] };
    insertEntity(journal, entity_type, entity, now);
  } else {
    const stored = findAlive(journal, entity_type, entity_id);
    if (stored === undefined) return;
    ({ before, after } = difference(stored.fields, fields, stored.user_edited));
    confirmed = without({ ...fields, ...said }, after);
    if (Object.keys(after).length === 0) {
      confirm(journal, { ...change, said: confirmed }, origin);
      return;
    }
    updateEntity(journal, entity_type, entity_id, after, now);
  }
  const by = { actor: job.agent_id, run_id: job.run_id, job_id: job.job_id };
  recordChange(
    journal,
    { ...by, position, op, entity_type, entity_id, before, after, confirmed, quote, verified },
    now,
  );
  link(journal, change, origin);
}

interface Evidence {
  quote: string | null;
  verified: boolean;
}

/**
 * Records that the job says again what is committed already, and with which values; a file with its content
 * becomes a source.
 */
function confirm(journal: Journal, entity: ChangeSet["confirmed"][number], origin: Origin): void {
  const { entity_type, entity_id, said: confirmed, quote, verified } = entity;
  const { agent_id: actor, run_id, job_id } = origin.job;
  const said = { actor, run_id, job_id, position: null, before: null, after: null };
  appendChange(
    journal,
    { ...said, op: "confirm", entity_type, entity_id, confirmed, quote, verified },
    origin.now,
  );
  link(journal, entity, origin);
}

function link(
  journal: Journal,
  entity: { entity_type: EntityType; entity_id: string } & Evidence,
  { job, file_ids, now }: Origin,
): void {
  const { entity_type, entity_id, quote, verified } = entity;
  const { job_id, run_id } = job;
  for (const file_id of file_ids) {
    saveSource(journal, { entity_type, entity_id, file_id, job_id, run_id, quote, verified }, now);
  }
}

/** Leaves out a project that was deleted since it was staged; the other fields of the change count. */
function withoutDeletedProject<Fields extends { project_id?: string | null }>(
  journal: Journal,
  fields: Fields,
  { renamed }: Origin,
): Fields | Omit<Fields, "project_id"> {
  if (typeof fields.project_id !== "string") return fields;
  const project_id = renamed.get(fields.project_id) ?? fields.project_id;
  if (findAlive(journal, "project", project_id) !== undefined) return { ...fields, project_id };
  const { project_id: _, ...rest } = fields;
  return rest;
}

/** Leaves out name and status if an active project got that name since the change was staged. */
function withFreeName(
  journal: Journal,
  id: string,
  fields: Partial<ProjectFields>,
): Partial<ProjectFields> {
  const next = { ...findEntity(journal, "project", id)?.fields, ...fields };
  if (findNamesake(journal, next, id) === undefined) return fields;
  const { name: _name, status: _status, ...rest } = fields;
  return rest;
}

/** The given fields without those that another object has. */
function without<Fields extends object>(fields: Fields, others: object): Partial<Fields> {
  const rest = Object.entries(fields).filter(([name]) => !(name in others));
  return Object.fromEntries(rest) as Partial<Fields>;
}

/** The fields that would change, before and after, without those that the user edited. */
export function difference<Fields extends object>(
  stored: Fields,
  wanted: Partial<Fields>,
  userEdited: readonly string[],
): { before: Partial<Fields>; after: Partial<Fields> } {
  const before: Partial<Fields> = {};
  const after: Partial<Fields> = {};
  for (const name of Object.keys(wanted) as (keyof Fields)[]) {
    if (wanted[name] === undefined || userEdited.includes(String(name))) continue;
    if (JSON.stringify(stored[name]) === JSON.stringify(wanted[name])) continue;
    before[name] = stored[name];
    after[name] = wanted[name];
  }
  return { before, after };
}
