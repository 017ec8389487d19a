import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useAll } from "./all.ts";
import { type EntityDraft, useEntityDraft } from "./entity-draft.ts";
import { DraftActions, TextOf } from "./entity-fields.tsx";
import { AddEntity, EntityRows, StatusChoice } from "./entity-list.tsx";
import {
  ArchiveButton,
  DeleteButton,
  EntityPage,
  type EntityProps,
  Origin,
} from "./entity-parts.tsx";
import { Text } from "./inert.tsx";
import { Markdown } from "./markdown.tsx";
import { Head } from "./parts.tsx";
import { usePlace } from "./router.ts";
import { Explained } from "./sources.tsx";
import { TaskRows } from "./tasks.tsx";

export function Projects(): VNode {
  const { status = "active" } = usePlace().query;
  return (
    <>
      <Head title="Projects">
        <AddEntity type="project" />
      </Head>
      <div class="filters">
        <StatusChoice />
      </div>
      <EntityRows type="project" query={{ status }} />
    </>
  );
}

export function ProjectPage({ id }: { id: string }): VNode {
  return (
    <EntityPage type="project" id={id} list="Projects">
      {(props) => <Whole {...props} />}
    </EntityPage>
  );
}

function Whole({ of: project, reload }: EntityProps<"project">): VNode {
  const { id, name, description } = project;
  const [isEditing, setEditing] = useState(false);
  const draft = useEntityDraft("project", project, reload);
  useEffect(() => {
    if (draft.isChanged) setEditing(true);
  }, [draft.isChanged]);
  const tasks = useAll("task", { project_id: id, status: "open" });
  return (
    <>
      <Head title={<Text of={name} />}>
        <button type="button" onClick={() => setEditing(true)}>
          Edit
        </button>
        <ArchiveButton type="project" of={project} reload={reload} />
        <DeleteButton type="project" id={id} />
      </Head>
      {isEditing || draft.isChanged ? (
        <ProjectForm draft={draft} close={() => setEditing(false)} />
      ) : description.trim() === "" ? null : (
        <Markdown of={description} />
      )}
      <section aria-labelledby="tasks-title">
        <h2 id="tasks-title">Open tasks</h2>
        <TaskRows tasks={tasks} by="due" />
      </section>
      <section aria-labelledby="notes-title">
        <h2 id="notes-title">Notes</h2>
        <EntityRows type="note" query={{ status: "active", project_id: id }} />
      </section>
      <Explained id={id} />
      <Origin of={project} />
    </>
  );
}

function ProjectForm({ draft, close }: { draft: EntityDraft<"project">; close(): void }): VNode {
  return (
    <form class="form" onSubmit={(event) => event.preventDefault()}>
      <TextOf draft={draft} name="name" label="Name" />
      <TextOf draft={draft} name="description" label="Description (Markdown)" rows={6} />
      <DraftActions draft={draft} onEnd={close} />
    </form>
  );
}
