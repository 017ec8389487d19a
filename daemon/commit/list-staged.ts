import { entityKey, type EntityFilter, listAlive, titleOf } from "../journal/entities.ts";
import { ENTITY_TYPES, type EntityType } from "../protocol/entity.ts";
import type { Staged } from "./staged-entity.ts";
import { isHidden, overlay, resolveId, type Staging } from "./staging.ts";

/** At most `limit` entities that fit the filter, as this job sees them; what the job wrote comes first. */
export function listStaged<T extends EntityType>(
  staging: Staging,
  type: T,
  filter: EntityFilter,
  limit: number,
): Staged<T>[] {
  const project_id =
    filter.project_id === undefined ? undefined : resolveId(staging, filter.project_id);
  if (project_id !== undefined && isHidden(staging, project_id)) return [];
  const resolved = { ...filter, project_id };
  const written = [...staging.staged.values()].filter(
    (entity) => entity.type === type && entity.op !== "confirm",
  ) as unknown as Staged<T>[];
  const stored = listAlive(staging.journal, type, resolved, limit, staging.job.isHidden)
    .filter(({ id }) => !written.some((entity) => entity.id === id))
    .map((entity) => overlay(staging, type, entity));
  return [...written, ...stored]
    .filter((entity) => fitsFilter(type, entity, resolved))
    .slice(0, limit);
}

/** At most `limit` entities of every type that have all these words in their title. */
export function searchStaged(staging: Staging, text: string, limit: number): Staged<EntityType>[] {
  return ENTITY_TYPES.flatMap((type): Staged<EntityType>[] =>
    listStaged(staging, type, { text }, limit),
  ).slice(0, limit);
}

function fitsFilter<T extends EntityType>(
  type: T,
  { fields }: Staged<T>,
  { status, project_id, text }: EntityFilter,
): boolean {
  const words = text?.split(/\s+/u).map(entityKey) ?? [];
  return (
    (status === undefined || fields.status === status) &&
    (project_id === undefined || ("project_id" in fields && fields.project_id === project_id)) &&
    words.every((word) => entityKey(titleOf(type, fields)).includes(word))
  );
}
