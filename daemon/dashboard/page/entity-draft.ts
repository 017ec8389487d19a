import { useState } from "preact/hooks";
import type { Entity, EntityType, FieldsByType } from "../../protocol/entity.ts";
import { request } from "./api.ts";

/** What you edit of an entity, before it is saved. */
export interface EntityDraft<T extends EntityType> {
  /** The entity as it is now, with your edits. */
  now: Entity<T>;
  isChanged: boolean;
  set(fields: Partial<FieldsByType[T]>): void;
  /** Sends the fields that differ; no other field becomes the user's. @throws ApiError */
  save(): Promise<void>;
  discard(): void;
}

export function useEntityDraft<T extends EntityType>(
  type: T,
  entity: Entity<T>,
  reload: () => void,
): EntityDraft<T> {
  const [draft, setDraft] = useState<Partial<FieldsByType[T]>>({});
  const changes = changesOf(entity, draft);
  const isChanged = Object.keys(changes).length > 0;
  return {
    now: { ...entity, ...draft },
    isChanged,
    set: (fields) => setDraft((before) => ({ ...before, ...fields })),
    async save() {
      if (isChanged) await patchEntity(type, entity.id, changes);
      reload();
      setDraft({});
    },
    discard: () => setDraft({}),
  };
}

export function entityPath(type: EntityType, id: string): string {
  return `/api/${type}s/${encodeURIComponent(id)}`;
}

/** Changes fields as the user. @throws ApiError */
export async function patchEntity<T extends EntityType>(
  type: T,
  id: string,
  fields: Partial<FieldsByType[T]>,
): Promise<Entity<T>> {
  return request<Entity<T>>(entityPath(type, id), { method: "PATCH", body: fields });
}

/** The fields of `draft` that differ from what they were. */
function changesOf<T extends object>(before: object, draft: T): Partial<T> {
  const changed = Object.entries(draft).filter(
    ([name, value]) => JSON.stringify(Reflect.get(before, name)) !== JSON.stringify(value),
  );
  return Object.fromEntries(changed) as Partial<T>;
}
