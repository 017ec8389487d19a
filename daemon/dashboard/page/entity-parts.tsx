import type { VNode } from "preact";
import type { Entity, EntityType } from "../../protocol/entity.ts";
import { ActionButton } from "./action.tsx";
import { request } from "./api.ts";
import { type Concerns } from "./data.ts";
import { Text } from "./inert.tsx";
import { When } from "./parts.tsx";
import { navigate } from "./router.ts";
import { useAgentName } from "./status.ts";
import { useMemo } from "preact/hooks";

/** The events of one entity. */
export function useEntityConcerns(id: string): Concerns {
  return useMemo<Concerns>(
    () => (event) => event.type === "entity.changed" && event.id === id,
    [id],
  );
}

export function entityPath(type: EntityType, id: string): string {
  return `/api/${type}s/${encodeURIComponent(id)}`;
}

export function DeleteButton({ type, id }: { type: EntityType; id: string }): VNode {
  return (
    <ActionButton
      kind="quiet"
      ask={`Delete this ${type}?`}
      act={async () => {
        await request(entityPath(type, id), { method: "DELETE" });
        navigate(`/${type}s`);
      }}
      done="Deleted. The same file does not create it again."
    >
      Delete
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
