import { findAlive } from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";
import { listMade, listOwnTexts } from "../journal/rights.ts";
import {
  isRenewedSince,
  isRetired,
  listStatementsOf,
  saveSource,
  shareSources,
} from "../journal/sources.ts";
import type { EntityType } from "../protocol/entity.ts";
import { difference } from "./commit.ts";
import { dropUnfoundAgain } from "./evidence.ts";
import { type Match, matchCreate } from "./match.ts";
import { isNamedIn, isSharedIn } from "./passage.ts";
import { changeAfterScan } from "./record.ts";
import { followReading, type Retiring } from "./retire.ts";
import { isMadeBy, type Rights, STATE_FIELDS } from "./file-rights.ts";
import { readCandidates } from "./stage-create.ts";
import type { AnyStaged } from "./staged-entity.ts";
import { overlay, type Staging, startStaging } from "./staging.ts";

/** A file that has the content for which a job was done. */
export interface Returned extends Retiring {
  job_id: string;
  file_id: string;
  agent_id: string;
  /** The run that found it; null: it was found outside a run. */
  run_id: string | null;
}

type Statement = ReturnType<typeof listStatementsOf>[number];

/**
 * Applies again what a job recorded, for a file that was known before and has the content of that job now. No model
 * is asked. What the file itself said before, in another content, is confirmed and not doubled. The user's edits and
 * deletions win. Does nothing if no later job, and no deletion, changed it since. What only other contents of the
 * file said is then no longer in it.
 */
export function reapply(journal: Journal, returned: Returned, now: string): void {
  const { job_id, file_id } = returned;
  journal.transaction(() => {
    const said = listStatementsOf(journal, job_id);
    const own = matchOwn(journal, returned, said);
    shareSources(journal, { job_id, file_id, except: [...own.keys()] }, now);
    const statements = said.flatMap((statement) => {
      const match = own.get(statement.entity_id);
      if (match === "deleted") return [];
      return [{ ...statement, entity_id: match?.id ?? statement.entity_id }];
    });
    if (own.size > 0 || isRenewedSince(journal, job_id, file_id)) {
      applyAll(journal, returned, statements, now);
    }
    followReading(journal, dropUnfoundAgain(journal, returned, now), returned, now);
  });
}

/**
 * What a file itself said before of what a job recorded for other files, by the id of the job's entity. A match
 * takes its entity: no other statement means it too.
 */
function matchOwn(
  journal: Journal,
  { job_id, agent_id, file_id }: Returned,
  statements: readonly Statement[],
): Map<string, Exclude<Match<EntityType>, undefined>> {
  const job = { job_id, agent_id, file_ids: [file_id], text: "", max_changes: 0 };
  const staging = startStaging(journal, job);
  const isLinked = ({ entity_id }: Statement): boolean => staging.quotes.has(entity_id);
  for (const { entity_type, entity_id } of statements.filter(isLinked))
    take(staging, entity_type, entity_id);
  const own = new Map<string, Exclude<Match<EntityType>, undefined>>();
  for (const statement of statements) {
    const { entity_type, entity_id, fields, quote } = statement;
    // A project has a name instead, and there is one of each name anyway.
    const title = Reflect.get(fields, "title");
    if (isLinked(statement) || typeof title !== "string") continue;
    const match = matchCreate(
      entity_type,
      { title, fields, quote },
      readCandidates(staging, entity_type),
    );
    if (match === undefined) continue;
    own.set(entity_id, match);
    if (match !== "deleted") take(staging, entity_type, match.id);
  }
  return own;
}

function take(staging: Staging, type: EntityType, id: string): void {
  const stored = findAlive(staging.journal, type, id);
  if (stored === undefined) return;
  staging.staged.set(id, overlay(staging, type, stored) as unknown as AnyStaged);
}

function applyAll(
  journal: Journal,
  returned: Returned,
  statements: readonly Statement[],
  now: string,
): void {
  const { job_id, file_id, run_id } = returned;
  const rights = rightsOf(journal, file_id);
  for (const statement of statements) {
    if (!applyAgain(journal, statement, { ...returned, rights }, now)) continue;
    const { fields: _fields, ...said } = statement;
    const source = { ...said, file_id, job_id, run_id: run_id ?? said.run_id };
    saveSource(journal, source, now);
  }
}

/**
 * Restores the retired entities of a job for another file that has its content now. Leaves out the entities
 * that something else changed after they were retired.
 */
export function revive(journal: Journal, returned: Returned, now: string): void {
  const { job_id, file_id } = returned;
  journal.transaction(() => {
    const rights = rightsOf(journal, file_id);
    for (const statement of listStatementsOf(journal, job_id)) {
      if (!isRetired(journal, statement.entity_id)) continue;
      applyAgain(journal, statement, { ...returned, rights }, now);
    }
  });
}

/** Returns false if the entity is deleted, or the file has no right to it. */
function applyAgain(
  journal: Journal,
  statement: Statement,
  by: Returned & { rights: Rights },
  now: string,
): boolean {
  const { entity_type, entity_id, quote, verified } = statement;
  const stored = findAlive(journal, entity_type, entity_id);
  if (stored === undefined) return false;
  const isMade = isMadeBy(by.rights, entity_type, stored);
  const passage = verified ? (quote ?? "") : "";
  const isNamed = isNamedIn(entity_type, stored.fields, passage);
  const isShared = entity_type === "project" && isSharedIn(stored.fields, passage);
  if (!isMade && !isNamed && !isShared) return false;
  const states = isNamed ? statesOf(statement) : {};
  const fields = isMade ? statement.fields : states;
  const { before, after } = difference(stored.fields, fields, stored.user_edited);
  if (Object.keys(after).length > 0) {
    changeAfterScan(journal, { op: "update", entity_type, entity_id, before, after }, by, now);
  }
  return true;
}

function rightsOf(journal: Journal, fileId: string): Rights {
  return { made: listMade(journal, [fileId]), own_texts: listOwnTexts(journal, [fileId]) };
}

function statesOf({ entity_type, fields }: Statement): Statement["fields"] {
  const states = Object.entries(fields).filter(([name]) =>
    STATE_FIELDS[entity_type].includes(name),
  );
  return Object.fromEntries(states);
}
