import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Note } from "../../protocol/entity.ts";
import { ActionButton } from "./action.tsx";
import { post, withQuery } from "./api.ts";
import { type Concerns } from "./data.ts";
import { formatInstant } from "./format.ts";
import { escapeText, Text } from "./inert.tsx";
import { PagedRows, usePages, useRowHeight } from "./list.tsx";
import { Choice, Empty, Head } from "./parts.tsx";
import { useProjects } from "./projects-known.ts";
import { navigate, setFilters, usePlace } from "./router.ts";

const CHANGED: Concerns = (event) =>
  event.type === "entity.changed" && event.entity_type === "note";

export function Notes(): VNode {
  const { status = "active", project_id = "" } = usePlace().query;
  const projects = useProjects();
  return (
    <>
      <Head title="Notes">
        <AddNote />
      </Head>
      <div class="filters">
        <Choice
          label="Status"
          value={status}
          options={[
            ["active", "active"],
            ["archived", "archived"],
          ]}
          onChange={(value) => setFilters({ status: value === "active" ? "" : value })}
        />
        <Choice
          label="Project"
          value={project_id}
          options={[["", "all"], ...projects.options]}
          onChange={(value) => setFilters({ project_id: value })}
        />
      </div>
      <NoteRows status={status} projectId={project_id} />
    </>
  );
}

export function NoteRows({ status, projectId }: { status: string; projectId: string }): VNode {
  const notes = usePages<Note>(withQuery("/api/notes", { status, project_id: projectId }), CHANGED);
  const rowHeight = useRowHeight(56, 62);
  return (
    <PagedRows
      of={notes}
      rowHeight={rowHeight}
      keyOf={(note) => note.id}
      label="Notes, newest first"
      empty={<Empty title="No notes">They come from files, or are added here.</Empty>}
    >
      {(note) => (
        <a class="row note-row" data-row href={`/notes/${encodeURIComponent(note.id)}`}>
          <span class="note-title">
            <Text of={note.title} />
          </span>
          <span class="muted number">{formatInstant(note.updated_at)}</span>
          <span class="muted note-body">{escapeText(note.body.slice(0, 240))}</span>
        </a>
      )}
    </PagedRows>
  );
}

function AddNote(): VNode {
  const [title, setTitle] = useState("");
  const add = async (): Promise<void> => {
    const note = await post<Note>("/api/notes", { title });
    navigate(`/notes/${encodeURIComponent(note.id)}`);
  };
  return (
    <>
      <input
        aria-label="Title of a new note"
        placeholder="Add a note"
        value={title}
        maxLength={300}
        onInput={(event) => setTitle(event.currentTarget.value)}
      />
      <ActionButton act={add} disabled={title.trim() === ""}>
        Add
      </ActionButton>
    </>
  );
}
