import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Note, NoteFields } from "../../protocol/entity.ts";
import { ActionButton } from "./action.tsx";
import { request } from "./api.ts";
import { useResource } from "./data.ts";
import { DeleteButton, entityPath, Origin, useEntityConcerns } from "./entity-parts.tsx";
import { PlaceFields } from "./entity-fields.tsx";
import { changesOf, Field } from "./field.tsx";
import { escapeText, Text } from "./inert.tsx";
import { Markdown } from "./markdown.tsx";
import { Head, Loaded } from "./parts.tsx";
import { useProjects } from "./projects-known.ts";
import { Explained } from "./sources.tsx";

export function NotePage({ id }: { id: string }): VNode {
  const note = useResource<Note>(entityPath("note", id), useEntityConcerns(id));
  const [isEditing, setEditing] = useState(false);
  return (
    <>
      <p class="crumb">
        <a href="/notes">Notes</a> /
      </p>
      <Loaded of={note}>
        {(value) =>
          isEditing ? (
            <NoteForm note={value} reload={note.reload} close={() => setEditing(false)} />
          ) : (
            <NoteView note={value} reload={note.reload} edit={() => setEditing(true)} />
          )
        }
      </Loaded>
    </>
  );
}

function NoteView({ note, reload, edit }: { note: Note; reload(): void; edit(): void }): VNode {
  const { nameOf } = useProjects();
  const { id, title, body, status, project_id, tags } = note;
  const next = status === "active" ? "archived" : "active";
  return (
    <>
      <Head title={<Text of={title} />}>
        <button type="button" onClick={edit}>
          Edit
        </button>
        <ActionButton
          kind="quiet"
          act={() =>
            request(entityPath("note", id), { method: "PATCH", body: { status: next } }).then(
              reload,
            )
          }
        >
          {status === "active" ? "Archive" : "Take out of the archive"}
        </ActionButton>
        <DeleteButton type="note" id={id} />
      </Head>
      {project_id === null && tags.length === 0 ? null : (
        <p class="lead">
          {project_id === null ? null : (
            <a href={`/projects/${encodeURIComponent(project_id)}`}>
              <Text of={nameOf(project_id)} />
            </a>
          )}
          {tags.map((tag) => (
            <span key={tag} class="tag">
              {escapeText(tag)}
            </span>
          ))}
        </p>
      )}
      <div class="sheet">
        {body.trim() === "" ? <p class="muted">No text.</p> : <Markdown of={body} />}
      </div>
      <Explained id={note.id} />
      <Origin of={note} />
    </>
  );
}

function NoteForm({ note, reload, close }: { note: Note; reload(): void; close(): void }): VNode {
  const [draft, setDraft] = useState<Partial<NoteFields>>({});
  const now = { ...note, ...draft };
  const set = (fields: Partial<NoteFields>): void =>
    setDraft((before) => ({ ...before, ...fields }));
  const isYours = (field: string): boolean => note.user_edited.includes(field);
  const save = async (): Promise<void> => {
    const changes = changesOf<NoteFields>(note, draft);
    if (Object.keys(changes).length > 0) {
      await request(entityPath("note", note.id), { method: "PATCH", body: changes });
    }
    reload();
    close();
  };
  return (
    <form class="form" onSubmit={(event) => event.preventDefault()}>
      <Field label="Title" edited={isYours("title")}>
        <input
          value={now.title}
          maxLength={300}
          onInput={(event) => set({ title: event.currentTarget.value })}
        />
      </Field>
      <Field label="Text, in Markdown" edited={isYours("body")}>
        <textarea
          rows={18}
          value={now.body}
          onInput={(event) => set({ body: event.currentTarget.value })}
        />
      </Field>
      <div class="form-row">
        <PlaceFields of={now} isYours={isYours} set={set} />
      </div>
      <div class="actions">
        <ActionButton kind="primary" act={save}>
          Save
        </ActionButton>
        <button type="button" class="quiet" onClick={close}>
          Discard
        </button>
      </div>
    </form>
  );
}
