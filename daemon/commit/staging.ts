import { deriveId } from "../core/id.ts";
import {
  entityKey,
  findActiveProject,
  findAlive,
  type StoredEntity,
  TEXT_FIELDS,
} from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";
import { listMade, listOwnTexts } from "../journal/rights.ts";
import { listQuotes } from "../journal/sources.ts";
import { ENTITY_DEFAULTS, type EntityType, type FieldsByType } from "../protocol/entity.ts";
import { createVerifier } from "./quote.ts";
import { atLimit, type Refusal, type Written } from "./written.ts";
import type { AnyStaged, Staged } from "./staged-entity.ts";

/** The job whose writes are staged. */
export interface StagingJob {
  job_id: string;
  agent_id: string;
  /** The files that have this content. */
  file_ids: readonly string[];
  /** The document's text, to verify quotes against. */
  text: string;
  max_changes: number;
  /** What the model was shown as having no passage, and may say is gone; left out: nothing. */
  without_passage?: ReadonlySet<string>;
  /** Whether the model must not learn of an entity; left out: it may learn of all. */
  isHidden?: ((entityId: string) => boolean) | undefined;
  /** The agent has no tool that makes projects, so a name of one has to be that of an active one. */
  has_fixed_projects?: boolean;
}

/** What one job has staged so far, by entity id, in the order of the calls. */
export interface Staging {
  readonly journal: Journal;
  readonly job: StagingJob;
  readonly staged: Map<string, AnyStaged>;
  /** From the id that a create derived to the id of the entity that existed already; stored replies use the former. */
  readonly aliases: Map<string, string>;
  /** The entities that the job's files are sources of, with their passages. */
  readonly quotes: ReadonlyMap<string, readonly string[]>;
  /** The entities that the job's files made; a model can make its file a source of others, but not their maker. */
  readonly made: ReadonlySet<string>;
  /** The entities whose text came from the job's files. */
  readonly own_texts: ReadonlySet<string>;
  /** Whether the document has a quote, white space aside. */
  readonly isVerified: (quote: string | null) => boolean;
  /** What the job said is gone. */
  readonly gone: Set<string>;
  creates: number;
  /** Changes that were refused because the job has as many as it may make. */
  refused: number;
  /** The same of changes to what other files made, which have a limit of their own. */
  refused_foreign: number;
}

export function startStaging(journal: Journal, job: StagingJob): Staging {
  const { file_ids, text } = job;
  return {
    journal,
    job,
    staged: new Map(),
    aliases: new Map(),
    quotes: listQuotes(journal, file_ids),
    made: listMade(journal, file_ids),
    own_texts: listOwnTexts(journal, file_ids),
    isVerified: createVerifier(text),
    gone: new Set(),
    creates: 0,
    refused: 0,
    refused_foreign: 0,
  };
}

/** The id of the next create, counted whatever its outcome: the same call has the same id when it is repeated. */
export function nextId(staging: Staging, type: EntityType): string {
  staging.creates += 1;
  return deriveId(type, staging.job.job_id, staging.creates);
}

export function resolveId(staging: Staging, id: string): string {
  return staging.aliases.get(id) ?? id;
}

/** The entity as this job sees it, or undefined if it is deleted, unknown or of another type. */
export function findStaged<T extends EntityType>(
  staging: Staging,
  type: T,
  calledId: string,
): Staged<T> | undefined {
  const id = resolveId(staging, calledId);
  const here = staging.staged.get(id);
  if (here !== undefined) return here.type === type ? (here as Staged<T>) : undefined;
  const stored = findAlive(staging.journal, type, id);
  return stored && !isHidden(staging, id) ? overlay(staging, type, stored) : undefined;
}

/** Whether this job's model must not learn of an entity. */
export function isHidden({ job }: Staging, id: string): boolean {
  return job.isHidden?.(id) === true;
}

/** The active project of this name, staged or stored. */
export function findProjectNamed(staging: Staging, name: string): Staged<"project"> | undefined {
  const key = entityKey(name);
  for (const entity of staging.staged.values()) {
    if (entity.type === "project" && entityKey(entity.fields.name) === key) return entity;
  }
  const stored = findActiveProject(staging.journal, name);
  const isSeen = stored !== undefined && !isHidden(staging, stored.id);
  return isSeen ? overlay(staging, "project", stored) : undefined;
}

/** A committed entity with what this job staged on it. */
export function overlay<T extends EntityType>(
  staging: Staging,
  type: T,
  stored: Pick<StoredEntity<T>, "id" | "fields" | "user_edited" | "created_by">,
): Staged<T> {
  const { staged, own_texts } = staging;
  const here = staged.get(stored.id);
  if (here !== undefined) return here as Staged<T>;
  const { id, user_edited, created_by } = stored;
  const isInHidden =
    "project_id" in stored.fields &&
    typeof stored.fields.project_id === "string" &&
    isHidden(staging, stored.fields.project_id);
  const fields = isInHidden ? { ...stored.fields, project_id: null } : stored.fields;
  return {
    type,
    op: "confirm",
    id,
    fields,
    user_edited,
    set: {},
    said: {},
    quote: null,
    created_by,
    of_this_file: own_texts.has(id),
  };
}

/** Stages a new entity; what `fields` leaves out has its default. */
export function stageCreate<T extends EntityType>(
  staging: Staging,
  type: T,
  id: string,
  fields: Partial<FieldsByType[T]>,
  quote: string | null,
): Written<T> {
  const { job } = staging;
  if (isFull(staging)) return refuse(staging);
  const said = Object.fromEntries(namesOf(fields).map((name) => [name, fields[name]]));
  const whole = { ...ENTITY_DEFAULTS[type], ...said } as unknown as FieldsByType[T];
  const entity: Staged<T> = {
    type,
    op: "create",
    id,
    fields: whole,
    user_edited: [],
    set: whole,
    said: {},
    quote,
    created_by: job.agent_id,
    of_this_file: true,
  };
  staging.staged.set(id, entity as unknown as AnyStaged);
  return { outcome: "created", entity, kept: [] };
}

/** Stages fields on an entity, except those that the user edited and those that are the same already. */
export function stageFields<T extends EntityType>(
  staging: Staging,
  entity: Staged<T>,
  fields: Partial<FieldsByType[T]>,
  quote: string | null,
): Written<T> {
  const kept: string[] = [];
  const set: Partial<FieldsByType[T]> = {};
  const said: Partial<FieldsByType[T]> = { ...entity.said };
  for (const name of namesOf(fields)) {
    // Of a text that the model may not read, the answer must not confirm a guess.
    const isHidden = String(name) === TEXT_FIELDS[entity.type] && !entity.of_this_file;
    if (!isHidden && isEqual(entity.fields[name], fields[name])) {
      if (!(name in entity.set)) said[name] = fields[name];
      continue;
    }
    if (entity.user_edited.includes(String(name))) {
      kept.push(String(name));
      said[name] = fields[name];
    } else {
      set[name] = fields[name];
      delete said[name];
    }
  }
  const isChanged = namesOf(set).length > 0;
  const isFirstChange = isChanged && entity.op === "confirm";
  if (isFirstChange && isFull(staging)) return refuse(staging);
  const next: Staged<T> = {
    ...entity,
    op: isFirstChange ? "update" : entity.op,
    fields: { ...entity.fields, ...set },
    set: { ...entity.set, ...set },
    said,
    quote: quote ?? entity.quote,
    of_this_file: entity.of_this_file || TEXT_FIELDS[entity.type] in set,
  };
  staging.staged.set(entity.id, next as unknown as AnyStaged);
  return { outcome: isChanged ? "updated" : "already_recorded", entity: next, kept };
}

/** Stages that the file says an entity again under a title, without a change to it. */
export function stageAgain<T extends EntityType>(
  { staged }: Staging,
  entity: Staged<T>,
  said: Partial<FieldsByType[T]>,
  quote: string | null,
): Written<T> {
  const next = {
    ...entity,
    said: { ...said, ...entity.said },
    quote: entity.quote ?? quote,
  };
  staged.set(entity.id, next as unknown as AnyStaged);
  return { outcome: "already_recorded", entity: next, kept: [] };
}

function refuse(staging: Staging): Refusal {
  staging.refused += 1;
  return atLimit(staging.job.max_changes);
}

function isFull({ staged, job }: Staging): boolean {
  const changes = [...staged.values()].filter(({ op }) => op !== "confirm");
  return changes.length >= job.max_changes;
}

function namesOf<Fields extends object>(fields: Fields): (keyof Fields)[] {
  return (Object.keys(fields) as (keyof Fields)[]).filter((name) => fields[name] !== undefined);
}

function isEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
