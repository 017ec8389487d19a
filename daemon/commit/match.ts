import { entityKey, type StoredEntity, titleOf } from "../journal/entities.ts";
import type { EntityType } from "../protocol/entity.ts";
import { evenSpaces } from "./quote.ts";
import type { AnyStaged, Staged } from "./staged-entity.ts";

/*
 * Decides which existing entity a create means, so that what a file says again is updated and not doubled.
 * Pure: it reads no journal and stages nothing. In case of doubt there is no match, and the create makes a
 * new entity.
 */

/** A create, as far as it decides which entity it means. */
export interface Said {
  title: string;
  /** The fields of the call; due date and project are read. */
  fields: object;
  quote: string | null;
}

/** What a create is compared with. */
export interface Candidates<T extends EntityType> {
  /** The entities of the job's files, tombstones included, oldest first. */
  of_files: readonly StoredEntity<T>[];
  /** Every title that agents gave to each of them. */
  given_titles: ReadonlyMap<string, readonly string[]>;
  /** The passages of each of them. */
  quotes: ReadonlyMap<string, readonly string[]>;
  /** What the job staged so far, in the order of the calls. */
  staged: ReadonlyMap<string, AnyStaged>;
}

/** deleted: the create means an entity that the user deleted. */
export type Match<T extends EntityType> = StoredEntity<T> | Staged<T> | "deleted" | undefined;

/**
 * Finds the entity that a create means. Each entity of an earlier job matches at most one thing that the
 * document says now; after that, only its staged form matches.
 */
export function matchCreate<T extends EntityType>(
  type: T,
  said: Said,
  candidates: Candidates<T>,
): Match<T> {
  const namesakes = findNamesakes(type, said.title, candidates);
  const named =
    matchEarlier(said.fields, namesakes, candidates.staged) ??
    matchStaged(type, said, namesakes, candidates.staged);
  if (named !== undefined) return named;
  if (namesakes.alive.length === 0 && namesakes.deleted.length > 0) return "deleted";
  return said.quote === null ? undefined : matchPassage(type, said.title, said.quote, candidates);
}

interface Namesakes<T extends EntityType> {
  /** First the entities that have the title now, then those that an agent once gave it to; each oldest first. */
  alive: StoredEntity<T>[];
  /** The same, for what the user deleted. */
  deleted: StoredEntity<T>[];
}

/**
 * The entities of these files with a title. If the user or an agent changed the title since, the one that an
 * agent gave still finds the entity.
 */
function findNamesakes<T extends EntityType>(
  type: T,
  title: string,
  { of_files, given_titles }: Candidates<T>,
): Namesakes<T> {
  const key = entityKey(title);
  const hasTitle = ({ fields }: StoredEntity<T>): boolean =>
    entityKey(titleOf(type, fields)) === key;
  const hadTitle = ({ id }: StoredEntity<T>): boolean =>
    given_titles.get(id)?.some((former) => entityKey(former) === key) ?? false;
  const found = [
    ...of_files.filter(hasTitle),
    ...of_files.filter((entity) => !hasTitle(entity) && hadTitle(entity)),
  ];
  return {
    alive: found.filter((entity) => entity.deleted_at === null),
    deleted: found.filter((entity) => entity.deleted_by === "user"),
  };
}

/** Of the namesakes that this job has not staged: same date and project, else same date, else the first. */
function matchEarlier<T extends EntityType>(
  said: object,
  { alive, deleted }: Namesakes<T>,
  staged: ReadonlyMap<string, AnyStaged>,
): StoredEntity<T> | "deleted" | undefined {
  const free = alive.filter(({ id }) => !staged.has(id));
  const hasDate = ({ fields }: StoredEntity<T>): boolean => dueOf(fields) === dueOf(said);
  const hasDateAndProject = (entity: StoredEntity<T>): boolean =>
    hasDate(entity) && projectOf(entity.fields) === projectOf(said);
  for (const fits of [hasDateAndProject, hasDate]) {
    const found = free.find(fits);
    if (found !== undefined) return found;
    if (deleted.some(fits)) return "deleted";
  }
  return free[0];
}

/** What this job staged under the title, unless date or project contradict. */
function matchStaged<T extends EntityType>(
  type: T,
  { title, fields }: Said,
  { alive }: Namesakes<T>,
  staged: ReadonlyMap<string, AnyStaged>,
): Staged<T> | undefined {
  const [key, due, project] = [entityKey(title), dueOf(fields), projectOf(fields)];
  for (const entity of staged.values()) {
    const titleMatches =
      entity.type === type &&
      (entityKey(titleOf(type, entity.fields)) === key || alive.some(({ id }) => id === entity.id));
    const dueMatches =
      due === null || dueOf(entity.fields) === due || entity.user_edited.includes("due_date");
    const projectMatches =
      project === null ||
      [null, project].includes(projectOf(entity.fields)) ||
      entity.user_edited.includes("project_id");
    if (titleMatches && dueMatches && projectMatches) return entity as unknown as Staged<T>;
  }
  return undefined;
}

/** The one earlier entity of the same passage with a similar title; undefined if there are several. */
function matchPassage<T extends EntityType>(
  type: T,
  title: string,
  quote: string,
  { of_files, quotes, staged }: Candidates<T>,
): StoredEntity<T> | "deleted" | undefined {
  const passage = evenSpaces(quote);
  if (passage === "") return undefined;
  const [first, ...others] = of_files.filter(
    ({ id, fields, deleted_by }) =>
      !staged.has(id) &&
      deleted_by !== "undo" &&
      quotes.get(id)?.some((each) => evenSpaces(each) === passage) === true &&
      similarity(entityKey(titleOf(type, fields)), entityKey(title)) >= SIMILAR,
  );
  if (first === undefined || others.length > 0) return undefined;
  return first.deleted_at === null ? first : "deleted";
}

// Two titles of one passage that share this part of their letter pairs say the same in other words:
// "Call Bob" and "Phone Bob" have 0.36; titles of two things that one passage names have next to nothing.
const SIMILAR = 0.3;

/** The share of letter pairs that two texts have in common (Dice's coefficient), 0 to 1. */
function similarity(left: string, right: string): number {
  const rest = pairsOf(right);
  const total = pairsOf(left).length + rest.length;
  let shared = 0;
  for (const pair of pairsOf(left)) {
    const at = rest.indexOf(pair);
    if (at === -1) continue;
    rest.splice(at, 1);
    shared += 1;
  }
  return total === 0 ? 0 : (2 * shared) / total;
}

function pairsOf(text: string): string[] {
  const letters = Array.from(text);
  return letters.slice(1).map((letter, index) => (letters[index] ?? "") + letter);
}

/** The due date of any fields; null if there is no such field or it is empty. */
export function dueOf(fields: object): string | null {
  return "due_date" in fields && typeof fields.due_date === "string" ? fields.due_date : null;
}

/** The project id of any fields; null if there is no such field or it is empty. */
export function projectOf(fields: object): string | null {
  return "project_id" in fields && typeof fields.project_id === "string" ? fields.project_id : null;
}
