import type { VNode } from "preact";
import type { TaskFields } from "../../protocol/entity.ts";
import { ActionButton } from "./action.tsx";
import { patchEntity, useEntityDraft } from "./entity-draft.ts";
import { ChoiceOf, DateOf, DraftActions, PlaceFields, TextOf } from "./entity-fields.tsx";
import { DeleteButton, EntityPage, type EntityProps, Origin } from "./entity-parts.tsx";
import { Text } from "./inert.tsx";
import { Head } from "./parts.tsx";
import { Explained } from "./sources.tsx";

export function TaskPage({ id }: { id: string }): VNode {
  return (
    <EntityPage type="task" id={id} list="Tasks">
      {(props) => <Whole {...props} />}
    </EntityPage>
  );
}

function Whole({ of: task, reload }: EntityProps<"task">): VNode {
  const setStatus = async (status: TaskFields["status"]): Promise<void> => {
    await patchEntity("task", task.id, { status });
    reload();
  };
  return (
    <>
      <Head title={<Text of={task.title} />}>
        {task.status === "open" ? (
          <ActionButton kind="primary" act={() => setStatus("done")}>
            Done
          </ActionButton>
        ) : (
          <ActionButton act={() => setStatus("open")}>Reopen</ActionButton>
        )}
        {task.status === "open" && !task.in_file ? (
          <ActionButton act={() => setStatus("cancelled")}>Retire</ActionButton>
        ) : null}
        <DeleteButton type="task" id={task.id} />
      </Head>
      <TaskForm of={task} reload={reload} />
      <Explained id={task.id} />
      <Origin of={task} />
    </>
  );
}

function TaskForm({ of: task, reload }: EntityProps<"task">): VNode {
  const draft = useEntityDraft("task", task, reload);
  return (
    <form class="form" onSubmit={(event) => event.preventDefault()}>
      <TextOf draft={draft} name="title" label="Title" />
      <TextOf draft={draft} name="description" label="Description" rows={4} />
      <div class="form-row">
        <ChoiceOf
          draft={draft}
          name="status"
          label="Status"
          options={["open", "done", "cancelled"]}
        />
        <ChoiceOf
          draft={draft}
          name="priority"
          label="Priority"
          options={["low", "normal", "high"]}
        />
        <DateOf draft={draft} name="due_date" label="Due date" />
        <PlaceFields draft={draft} />
      </div>
      {draft.isChanged ? <DraftActions draft={draft} done="Saved." /> : null}
    </form>
  );
}
