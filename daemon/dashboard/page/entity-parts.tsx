import type { VNode } from "preact";
import type { Entity, EntityType } from "../../protocol/entity.ts";
import { useMemo } from "preact/hooks";
import { ActionButton } from "./action.tsx";
import { request } from "./api.ts";
import { type Concerns, useResource } from "./data.ts";
import { entityPath, patchEntity } from "./entity-draft.ts";
import { Text } from "./inert.tsx";
import { Crumb, Loaded, When } from "./parts.tsx";
import { navigate } from "./router.ts";
import { useAgentName } from "./status.ts";

/** The events of one entity. */
export function useEntityConcerns(id: string): Concerns {
  return useMemo<Concerns>(
    () => (event) => event.type === "entity.changed" && event.id === id,
    [id],
  );
}

/** Props of a component that shows one entity. */
export interface EntityProps<T extends EntityType> {
  of: Entity<T>;
  reload(): void;
}

/** The page of one entity. */
export function EntityPage<T extends EntityType>({
  type,
  id,
  list,
  children,
}: {
  type: T;
  id: string;
  /** The name of the list that it is in. */
  list: string;
  children(props: EntityProps<T>): VNode;
}): VNode {
  const entity = useResource<Entity<T>>(entityPath(type, id), useEntityConcerns(id));
  return (
    <>
      <Crumb to={`/${type}s`}>{list}</Crumb>
      <Loaded of={entity}>{(value) => children({ of: value, reload: entity.reload })}</Loaded>
    </>
  );
}

/** Deletes an entity and goes to its list. */
export function DeleteButton({ type, id }: { type: EntityType; id: string }): VNode {
  return (
    <ActionButton
      kind="quiet"
      ask={`Delete this ${type}?`}
      act={async () => {
        await request(entityPath(type, id), { method: "DELETE" });
        navigate(`/${type}s`);
      }}
      done="Deleted. The same file won't create it again."
    >
      Delete
    </ActionButton>
  );
}

/** Puts a note or a project into the archive, or back. */
export function ArchiveButton<T extends "note" | "project">({
  type,
  of: { id, status },
  reload,
}: EntityProps<T> & { type: T }): VNode {
  const next = status === "active" ? "archived" : "active";
  return (
    <ActionButton
      kind="quiet"
      act={() => patchEntity<"note" | "project">(type, id, { status: next }).then(reload)}
    >
      {status === "active" ? "Archive" : "Unarchive"}
    </ActionButton>
  );
}

/** Who made it and when. */
export function Origin({ of }: { of: Entity<EntityType> }): VNode {
  const nameOf = useAgentName();
  return (
    <p class="muted">
      Created <When at={of.created_at} /> by{" "}
      {of.created_by === "user" ? "you" : <Text of={nameOf(of.created_by)} />}, changed{" "}
      <When at={of.updated_at} /> · {of.id}
    </p>
  );
}
