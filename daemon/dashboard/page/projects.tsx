import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Project, ProjectFields } from "../../protocol/entity.ts";
import { ActionButton } from "./action.tsx";
import { useAll } from "./all.ts";
import { request } from "./api.ts";
import { useResource } from "./data.ts";
import { DeleteButton, entityPath, Origin, useEntityConcerns } from "./entity-parts.tsx";
import { AddEntity, EntityRows, StatusChoice } from "./entity-list.tsx";
import { changesOf, Field } from "./field.tsx";
import { Text } from "./inert.tsx";
import { Markdown } from "./markdown.tsx";
import { Head, Loaded } from "./parts.tsx";
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
        <StatusChoice status={status} />
      </div>
      <EntityRows type="project" query={{ status }} />
    </>
  );
}

export function ProjectPage({ id }: { id: string }): VNode {
  const project = useResource<Project>(entityPath("project", id), useEntityConcerns(id));
  return (
    <>
      <p class="crumb">
        <a href="/projects">Projects</a> /
      </p>
      <Loaded of={project}>{(value) => <Whole project={value} reload={project.reload} />}</Loaded>
    </>
  );
}

function Whole({ project, reload }: { project: Project; reload(): void }): VNode {
  const { id, name, description, status } = project;
  const [draft, setDraft] = useState<Partial<ProjectFields> | undefined>();
  const tasks = useAll("task", { project_id: id, status: "open" });
  const save = (fields: Partial<ProjectFields>): Promise<void> =>
    request(entityPath("project", id), { method: "PATCH", body: fields }).then(reload);
  const saveDraft = async (): Promise<void> => {
    const changes = changesOf<ProjectFields>(project, draft ?? {});
    if (Object.keys(changes).length > 0) await save(changes);
    setDraft(undefined);
  };
  const next = status === "active" ? "archived" : "active";
  return (
    <>
      <Head title={<Text of={name} />}>
        <button type="button" onClick={() => setDraft({})}>
          Edit
        </button>
        <ActionButton kind="quiet" act={() => save({ status: next })}>
          {status === "active" ? "Archive" : "Take out of the archive"}
        </ActionButton>
        <DeleteButton type="project" id={id} />
      </Head>
      {draft === undefined ? (
        description.trim() === "" ? null : (
          <Markdown of={description} />
        )
      ) : (
        <form class="form" onSubmit={(event) => event.preventDefault()}>
          <Field label="Name" edited={project.user_edited.includes("name")}>
            <input
              value={draft.name ?? name}
              maxLength={300}
              onInput={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
            />
          </Field>
          <Field
            label="Description, in Markdown"
            edited={project.user_edited.includes("description")}
          >
            <textarea
              rows={6}
              value={draft.description ?? description}
              onInput={(event) => setDraft({ ...draft, description: event.currentTarget.value })}
            />
          </Field>
          <div class="actions">
            <ActionButton kind="primary" act={saveDraft}>
              Save
            </ActionButton>
            <button type="button" class="quiet" onClick={() => setDraft(undefined)}>
              Discard
            </button>
          </div>
        </form>
      )}
      <section aria-labelledby="tasks-title">
        <h2 id="tasks-title">Open tasks</h2>
        <TaskRows tasks={tasks} by="due" />
      </section>
      <section aria-labelledby="notes-title">
        <h2 id="notes-title">Notes</h2>
        <EntityRows type="note" query={{ status: "active", project_id: id }} />
      </section>
      <Explained id={project.id} />
      <Origin of={project} />
    </>
  );
}
