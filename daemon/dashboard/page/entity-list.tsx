import type { VNode } from "preact";
import type { Entity, Note, Project } from "../../protocol/entity.ts";
import { ActionButton } from "./action.tsx";
import { post, withQuery } from "./api.ts";
import type { Concerns } from "./data.ts";
import { DraftNote } from "./draft-note.tsx";
import { Choice } from "./filters.tsx";
import { formatInstant } from "./format.ts";
import { escapeText, Text } from "./inert.tsx";
import { PagedRows, useRowHeight } from "./list.tsx";
import { usePages } from "./pages.ts";
import { Empty } from "./parts.tsx";
import { navigate } from "./router.ts";
import { useDraft } from "./use-draft.ts";

/** Notes and projects share their lists: both can be archived. */
type Listed = "note" | "project";

/** The filter for active or archived. */
export function StatusChoice(): VNode {
  return (
    <Choice
      name="status"
      label="Status"
      options={[
        ["active", "active"],
        ["archived", "archived"],
      ]}
    />
  );
}

const CHANGED: Record<Listed, Concerns> = {
  note: (event) => event.type === "entity.changed" && event.entity_type === "note",
  project: (event) => event.type === "entity.changed" && event.entity_type === "project",
};

/** Notes or projects, newest first. @param query filters of the list route */
export function EntityRows({
  type,
  query,
}: {
  type: Listed;
  query: Record<string, string>;
}): VNode {
  const entities = usePages<Note | Project>(withQuery(`/api/${type}s`, query), CHANGED[type]);
  const rowHeight = useRowHeight(56, 62);
  return (
    <PagedRows
      of={entities}
      rowHeight={rowHeight}
      keyOf={(entity) => entity.id}
      label={`${type === "note" ? "Notes" : "Projects"}, newest first`}
      empty={
        <Empty title={`No ${type}s`}>They come from your files, or you add them yourself.</Empty>
      }
    >
      {(entity) => (
        <a class="row note-row" data-row href={`/${type}s/${encodeURIComponent(entity.id)}`}>
          <span class="note-title">
            <Text of={"title" in entity ? entity.title : entity.name} />
          </span>
          <span class="muted number">{formatInstant(entity.updated_at)}</span>
          <span class="muted note-body">
            {escapeText(("title" in entity ? entity.body : entity.description).slice(0, 240))}
          </span>
        </a>
      )}
    </PagedRows>
  );
}

/** Creates a note or a project by its title or name, and opens it. */
export function AddEntity({ type }: { type: Listed }): VNode {
  const field = type === "note" ? "title" : "name";
  const draft = useDraft(`New ${type}`);
  const text = draft.textOf(field, "");
  const add = async (): Promise<void> => {
    const path = withQuery(`/api/${type}s`, { draft_id: draft.held?.draft_id });
    const { id } = await post<Entity<Listed>>(path, { [field]: text });
    draft.discard();
    navigate(`/${type}s/${encodeURIComponent(id)}`);
  };
  return (
    <>
      <input
        aria-label={`${type === "note" ? "Title" : "Name"} of a new ${type}`}
        placeholder={`Add a ${type}`}
        maxLength={300}
        {...draft.field(field)}
      />
      <ActionButton act={add} disabled={text.trim() === ""}>
        Add
      </ActionButton>
      <DraftNote of={draft} />
    </>
  );
}
