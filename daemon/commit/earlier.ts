import {
  entityKey,
  listEntitiesOfFiles,
  listGivenTitles,
  type StoredEntity,
  titleOf,
} from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";
import type { EntityType } from "../protocol/entity.ts";

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
  const isCalledSo = ({ fields }: StoredEntity<T>): boolean =>
    entityKey(titleOf(type, fields)) === key;
  const wasCalledSo = ({ id }: StoredEntity<T>): boolean =>
    given.get(id)?.some((former) => entityKey(former) === key) ?? false;
  const found = [
    ...ofFiles.filter(isCalledSo),
    ...ofFiles.filter((entity) => !isCalledSo(entity) && wasCalledSo(entity)),
  ];
  return {
    alive: found.filter((entity) => entity.deleted_at === null),
    deleted: found.filter((entity) => entity.deleted_by === "user"),
  };
}
