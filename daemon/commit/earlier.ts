import {
  entityKey,
  listEntitiesOfFiles,
  listGivenTitles,
  type StoredEntity,
  titleOf,
} from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";
import type { EarlierEntity } from "../protocol/document.ts";
import { ENTITY_TYPES, type EntityType } from "../protocol/entity.ts";
import { evenSpaces } from "./staged.ts";

/** What rests on some files under one title. */
export interface Earlier<T extends EntityType> {
  /** Those that are called so first, then those that an agent once called so; oldest first in each. */
  alive: StoredEntity<T>[];
  /** Those that the user deleted. */
  deleted: StoredEntity<T>[];
}

/**
 * Finds what these files said before under a title. A title that the user or an agent changed since does
 * not hide an entity: what an agent called it once still finds it.
 */
export function findEarlier<T extends EntityType>(
  journal: Journal,
  type: T,
  fileIds: readonly string[],
  title: string,
): Earlier<T> {
  const key = entityKey(title);
  const ofFiles = listEntitiesOfFiles(journal, type, fileIds);
  const given = listGivenTitles(
    journal,
    ofFiles.map(({ id }) => id),
  );
  const titleMatches = ({ fields }: StoredEntity<T>): boolean =>
    entityKey(titleOf(type, fields)) === key;
  const wasCalledSo = ({ id }: StoredEntity<T>): boolean =>
    given.get(id)?.some((former) => entityKey(former) === key) ?? false;
  const found = [
    ...ofFiles.filter(titleMatches),
    ...ofFiles.filter((entity) => !titleMatches(entity) && wasCalledSo(entity)),
  ];
  return {
    alive: found.filter((entity) => entity.deleted_at === null),
    deleted: found.filter((entity) => entity.deleted_by === "user"),
  };
}

// Two titles of one passage that share this part of their letter pairs say the same in other words:
// "Call Bob" and "Phone Bob" have 0.36; titles of two things that one passage names have next to nothing.
const ALIKE = 0.3;

/**
 * Of entities, those that rest on the very passage and are called alike: what a model says again in other
 * words. `quotes` has the passages by entity.
 */
export function findRephrased<T extends EntityType>(
  type: T,
  entities: readonly StoredEntity<T>[],
  quotes: ReadonlyMap<string, readonly string[]>,
  said: { title: string; quote: string },
): StoredEntity<T>[] {
  const passage = evenSpaces(said.quote);
  if (passage === "") return [];
  return entities.filter(
    ({ id, fields }) =>
      quotes.get(id)?.some((quote) => evenSpaces(quote) === passage) === true &&
      likeness(entityKey(titleOf(type, fields)), entityKey(said.title)) >= ALIKE,
  );
}

/** The share of letter pairs that two texts have in common (Dice's coefficient), 0 to 1. */
function likeness(left: string, right: string): number {
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

/** What came of these files before, for a model to know; at most `limit`. */
export function listEarlier(
  journal: Journal,
  fileIds: readonly string[],
  limit: number,
): EarlierEntity[] {
  return ENTITY_TYPES.flatMap((type) =>
    listEntitiesOfFiles(journal, type, fileIds)
      .filter(({ deleted_by }) => deleted_by !== "undo")
      .map(({ id, fields, user_edited, deleted_at }) => ({
        type,
        id,
        title: titleOf(type, fields),
        status: fields.status,
        due_date: "due_date" in fields ? fields.due_date : null,
        user_edited,
        deleted: deleted_at !== null,
      })),
  ).slice(-limit);
}
