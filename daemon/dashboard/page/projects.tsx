import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Project, ProjectFields } from "../../protocol/entity.ts";
import { ActionButton } from "./action.tsx";
import { useAll } from "./all.ts";
import { post, request, withQuery } from "./api.ts";
import { type Concerns, useResource } from "./data.ts";
import { DeleteButton, entityPath, Origin, useEntityConcerns } from "./entity-parts.tsx";
import { changesOf, Field } from "./field.tsx";
import { formatInstant } from "./format.ts";
import { escapeText, Text } from "./inert.tsx";
import { PagedRows, usePages, useRowHeight } from "./list.tsx";
import { Markdown } from "./markdown.tsx";
import { NoteRows } from "./notes.tsx";
import { Choice, Empty, Head, Loaded } from "./parts.tsx";
import { navigate, setFilters, usePlace } from "./router.ts";
import { Explained } from "./sources.tsx";
import { TaskRows } from "./tasks.tsx";

const CHANGED: Concerns = (event) =>
  event.type === "entity.changed" && event.entity_type === "project";

export function Projects(): VNode {
  const { status = "active" } = usePlace().query;
  const projects = usePages<Project>(withQuery("/api/projects", { status }), CHANGED);
  const rowHeight = useRowHeight(56, 62);
  const [name, setName] = useState("");
  const add = async (): Promise<void> => {
    const project = await post<Project>("/api/projects", { name });
    navigate(`/projects/${encodeURIComponent(project.id)}`);
  };
  return (
    <>
      <Head title="Projects">
        <input
          aria-label="Name of a new project"
          placeholder="Add a project"
          value={name}
          maxLength={300}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <ActionButton act={add} disabled={name.trim() === ""}>
          Add
        </ActionButton>
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
      </div>
      <PagedRows
        of={projects}
        rowHeight={rowHeight}
        keyOf={(project) => project.id}
        label="Projects, newest first"
        empty={<Empty title="No projects">They come from files, or are added here.</Empty>}
      >
        {(project) => (
          <a class="row note-row" data-row href={`/projects/${encodeURIComponent(project.id)}`}>
            <span class="note-title">
              <Text of={project.name} />
            </span>
            <span class="muted number">{formatInstant(project.updated_at)}</span>
            <span class="muted note-body">{escapeText(project.description.slice(0, 240))}</span>
          </a>
        )}
      </PagedRows>
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
      <Loaded of={project}>
        {(value) => <Whole key={value.updated_at} project={value} reload={project.reload} />}
      </Loaded>
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
        <NoteRows status="active" projectId={id} />
      </section>
      <Explained id={project.id} />
      <Origin of={project} />
    </>
  );
}
