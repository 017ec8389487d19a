import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type EntityDraft, useEntityDraft } from "./entity-draft.ts";
import { DraftActions, PlaceFields, TextOf } from "./entity-fields.tsx";
import {
  ArchiveButton,
  DeleteButton,
  EntityPage,
  type EntityProps,
  Origin,
} from "./entity-parts.tsx";
import { escapeText, Text } from "./inert.tsx";
import { Markdown } from "./markdown.tsx";
import { Head } from "./parts.tsx";
import { useProjects } from "./projects-known.ts";
import { Explained } from "./sources.tsx";

export function NotePage({ id }: { id: string }): VNode {
  return (
    <EntityPage type="note" id={id} list="Notes">
      {(props) => <Whole {...props} />}
    </EntityPage>
  );
}

function Whole(props: EntityProps<"note">): VNode {
  const [isEditing, setEditing] = useState(false);
  const draft = useEntityDraft("note", props.of, props.reload);
  // Typing back what it says does not close the form.
  useEffect(() => {
    if (draft.isChanged) setEditing(true);
  }, [draft.isChanged]);
  return isEditing || draft.isChanged ? (
    <NoteForm draft={draft} close={() => setEditing(false)} />
  ) : (
    <NoteView {...props} edit={() => setEditing(true)} />
  );
}

function NoteView({ of: note, reload, edit }: EntityProps<"note"> & { edit(): void }): VNode {
  const { nameOf } = useProjects();
  const { id, title, body, project_id, tags } = note;
  return (
    <>
      <Head title={<Text of={title} />}>
        <button type="button" onClick={edit}>
          Edit
        </button>
        <ArchiveButton type="note" of={note} reload={reload} />
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
      <Explained id={id} />
      <Origin of={note} />
    </>
  );
}

function NoteForm({ draft, close }: { draft: EntityDraft<"note">; close(): void }): VNode {
  return (
    <form class="form" onSubmit={(event) => event.preventDefault()}>
      <TextOf draft={draft} name="title" label="Title" />
      <TextOf draft={draft} name="body" label="Text (Markdown)" rows={18} />
      <div class="form-row">
        <PlaceFields draft={draft} />
      </div>
      <DraftActions draft={draft} onEnd={close} />
    </form>
  );
}
