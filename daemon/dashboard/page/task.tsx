import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Task, TaskFields } from "../../protocol/entity.ts";
import { ActionButton } from "./action.tsx";
import { request } from "./api.ts";
import { useResource } from "./data.ts";
import { DeleteButton, entityPath, Origin, useEntityConcerns } from "./entity-parts.tsx";
import { PlaceFields } from "./entity-fields.tsx";
import { changesOf, Field } from "./field.tsx";
import { Text } from "./inert.tsx";
import { Head, Loaded } from "./parts.tsx";
import { Explained } from "./sources.tsx";

export function TaskPage({ id }: { id: string }): VNode {
  const task = useResource<Task>(entityPath("task", id), useEntityConcerns(id));
  return (
    <>
      <p class="crumb">
        <a href="/tasks">Tasks</a> /
      </p>
      <Loaded of={task}>{(value) => <TaskForm task={value} reload={task.reload} />}</Loaded>
    </>
  );
}

function TaskForm({ task, reload }: { task: Task; reload(): void }): VNode {
  const [draft, setDraft] = useState<Partial<TaskFields>>({});
  const now = { ...task, ...draft };
  const set = (fields: Partial<TaskFields>): void =>
    setDraft((before) => ({ ...before, ...fields }));
  const changes = changesOf<TaskFields>(task, draft);
  const isChanged = Object.keys(changes).length > 0;
  const isYours = (field: string): boolean => task.user_edited.includes(field);
  const save = (fields: Partial<TaskFields>): Promise<void> =>
    request<Task>(entityPath("task", task.id), { method: "PATCH", body: fields }).then(reload);
  return (
    <>
      <Head title={<Text of={task.title} />}>
        {task.status === "open" ? (
          <ActionButton kind="primary" act={() => save({ status: "done" })}>
            Done
          </ActionButton>
        ) : (
          <ActionButton act={() => save({ status: "open" })}>Open again</ActionButton>
        )}
        <DeleteButton type="task" id={task.id} />
      </Head>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
        }}
      >
        <Field label="Title" edited={isYours("title")}>
          <input
            value={now.title}
            maxLength={300}
            onInput={(event) => set({ title: event.currentTarget.value })}
          />
        </Field>
        <Field label="Description" edited={isYours("description")}>
          <textarea
            rows={4}
            value={now.description}
            onInput={(event) => set({ description: event.currentTarget.value })}
          />
        </Field>
        <div class="form-row">
          <Field label="Status" edited={isYours("status")}>
            <select
              value={now.status}
              onChange={(event) => set({ status: event.currentTarget.value as Task["status"] })}
            >
              <option>open</option>
              <option>done</option>
              <option>cancelled</option>
            </select>
          </Field>
          <Field label="Priority" edited={isYours("priority")}>
            <select
              value={now.priority}
              onChange={(event) => set({ priority: event.currentTarget.value as Task["priority"] })}
            >
              <option>low</option>
              <option>normal</option>
              <option>high</option>
            </select>
          </Field>
          <Field label="Due date" edited={isYours("due_date")}>
            <input
              type="date"
              value={now.due_date ?? ""}
              onInput={(event) => set({ due_date: event.currentTarget.value || null })}
            />
          </Field>
          <PlaceFields of={now} isYours={isYours} set={set} />
        </div>
        {isChanged ? (
          <div class="actions">
            <ActionButton
              kind="primary"
              act={() => save(changes).then(() => setDraft({}))}
              done="Saved."
            >
              Save
            </ActionButton>
            <ActionButton kind="quiet" act={async () => setDraft({})}>
              Discard
            </ActionButton>
          </div>
        ) : null}
      </form>
      <Explained id={task.id} />
      <Origin of={task} />
    </>
  );
}
