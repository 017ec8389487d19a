import { useEffect } from "preact/hooks";
import type { Entity, EntityType, FieldsByType } from "../../protocol/entity.ts";
import { request, withQuery } from "./api.ts";
import { type FormDraft, useDraft } from "./use-draft.ts";

/** What you edit of an entity, before it is saved. */
export interface EntityDraft<T extends EntityType> {
  entity: Entity<T>;
  /** What is typed, as text. */
  typed: FormDraft;
  isChanged: boolean;
  /** Sends the fields that differ; no other field becomes the user's. @throws ApiError */
  save(): Promise<void>;
}

const FORMS: Record<EntityType, string> = { project: "Project", task: "Task", note: "Note" };

export function useEntityDraft<T extends EntityType>(
  type: T,
  entity: Entity<T>,
  reload: () => void,
): EntityDraft<T> {
  const typed = useDraft(FORMS[type]);
  const changes = changesOf(entity, typed.held?.texts ?? {});
  const isChanged = Object.keys(changes).length > 0;
  const isRestored = typed.restoredAt !== undefined;
  useEffect(() => {
    // It was saved, and the daemon ended before it knew.
    if (isRestored && !isChanged) typed.discard();
  }, [isRestored]);
  return {
    entity,
    typed,
    isChanged,
    async save() {
      const fields = changes as Partial<FieldsByType[T]>;
      if (isChanged) await patchEntity(type, entity.id, fields, typed.held?.draft_id);
      reload();
      typed.discard();
    },
  };
}

/** The text of an entity's field in its form. */
export function textOf(entity: object, name: string): string {
  const value: unknown = Reflect.get(entity, name);
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "string" ? value : "";
}

/** The value of a field that has this text. */
function valueOf(name: string, text: string): unknown {
  if (name === "tags") return parseTags(text);
  return name === "due_date" || name === "project_id" ? text || null : text;
}

const parseTags = (text: string): string[] =>
  text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");

export function entityPath(type: EntityType, id: string): string {
  return `/api/${type}s/${encodeURIComponent(id)}`;
}

/** Changes fields as the user. @param draftId the draft that this saves @throws ApiError */
export async function patchEntity<T extends EntityType>(
  type: T,
  id: string,
  fields: Partial<FieldsByType[T]>,
  draftId?: string,
): Promise<Entity<T>> {
  const path = withQuery(entityPath(type, id), { draft_id: draftId });
  return request<Entity<T>>(path, { method: "PATCH", body: fields });
}

/** The fields whose typed text says something else than the entity. */
function changesOf(entity: object, texts: Readonly<Record<string, string>>): object {
  const typed = Object.entries(texts).map(([name, text]) => [name, valueOf(name, text)] as const);
  return Object.fromEntries(
    typed.filter(
      ([name, value]) => JSON.stringify(Reflect.get(entity, name)) !== JSON.stringify(value),
    ),
  );
}
