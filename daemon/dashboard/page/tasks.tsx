import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Task, TaskFields } from "../../protocol/entity.ts";
import { notifyError } from "./action.tsx";
import { type All, useAll } from "./all.ts";
import { post, request, withQuery } from "./api.ts";
import { DraftNote } from "./draft-note.tsx";
import { Choice, type Options, TypedFilter } from "./filters.tsx";
import { formatCount, formatDay, localDay } from "./format.ts";
import { escapeText, Text } from "./inert.tsx";
import { useRowHeight, VirtualRows } from "./list.tsx";
import { Empty, Fault, Head, Waiting } from "./parts.tsx";
import { ProjectSelect } from "./project-select.tsx";
import { type KnownProjects, useProjects } from "./projects-known.ts";
import { usePlace } from "./router.ts";
import { useAgentName } from "./status.ts";
import { type GroupBy, groupTasks } from "./task-groups.ts";
import { DateInput } from "./date-input.tsx";
import { useDraft } from "./use-draft.ts";

const STATUSES: Options = [
  ["open", "open"],
  ["done", "done"],
  ["cancelled", "cancelled"],
  ["all", "all"],
];

const GROUPS: readonly (readonly [GroupBy, string])[] = [
  ["due", "due date"],
  ["project", "project"],
  ["agent", "agent"],
];

export function Tasks(): VNode {
  const { query } = usePlace();
  const { status = "open", project_id = "", group = "due", q = "" } = query;
  const tasks = useAll("task", { status: status === "all" ? "" : status, project_id });
  const projects = useProjects();
  return (
    <>
      <Head
        title={
          <>
            Tasks <span class="muted">{tasks.isWhole ? formatCount(tasks.items.length) : ""}</span>
          </>
        }
      />
      <AddTask onAdded={tasks.put} projects={projects} />
      <div class="filters">
        <Choice name="status" label="Status" options={STATUSES} />
        <Choice name="project_id" label="Project" options={[["", "all"], ...projects.options]} />
        <Choice name="group" label="Group by" options={GROUPS} />
        <TypedFilter name="q" label="Search titles" />
      </div>
      <TaskRows tasks={tasks} by={toGroupBy(group)} words={q} />
    </>
  );
}

const toGroupBy = (text: string): GroupBy =>
  text === "project" || text === "agent" ? text : "due";

type Row = { key: string; title: string; count: number } | { key: string; task: Task };

/** Tasks in groups: all, or the tasks of one project. */
export function TaskRows({
  tasks,
  by,
  words = "",
}: {
  tasks: All<Task>;
  by: GroupBy;
  words?: string;
}): VNode {
  const { nameOf } = useProjects();
  const agentName = useAgentName();
  const rowHeight = useRowHeight(38, 58);
  const today = localDay(new Date());
  const rows = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/);
    const found = tasks.items.filter(({ title }) =>
      wanted.every((word) => title.toLowerCase().includes(word)),
    );
    const groups = groupTasks(found, by, { project: nameOf, agent: agentName }, today);
    return groups.flatMap(({ key, title, tasks: members }): Row[] => [
      { key: `group ${key}`, title, count: members.length },
      ...members.map((task) => ({ key: task.id, task })),
    ]);
  }, [tasks.items, by, words, today, nameOf, agentName]);
  if (tasks.error !== undefined) return <Fault error={tasks.error} retry={tasks.reload} />;
  if (rows.length === 0) {
    return tasks.isWhole ? (
      <Empty title="No tasks">
        {words === ""
          ? "They come from your files, or you add them yourself."
          : "No title contains these words."}
      </Empty>
    ) : (
      <Waiting />
    );
  }
  return (
    <VirtualRows items={rows} rowHeight={rowHeight} keyOf={(row) => row.key} label="Tasks">
      {(row) =>
        "task" in row ? (
          <TaskRow
            task={row.task}
            onChanged={tasks.put}
            today={today}
            project={by === "project" ? "" : nameOf(row.task.project_id)}
          />
        ) : (
          <h2 class="row group-row">
            <span>
              <Text of={row.title} /> <span class="muted">{formatCount(row.count)}</span>
            </span>
          </h2>
        )
      }
    </VirtualRows>
  );
}

function TaskRow({
  task,
  onChanged,
  today,
  project,
}: {
  task: Task;
  onChanged(task: Task): void;
  today: string;
  /** Its name; empty: not shown. */
  project: string;
}): VNode {
  const { id, title, status, due_date, priority, sources, in_file } = task;
  const change = (fields: Partial<TaskFields>): void => {
    onChanged({ ...task, ...fields });
    request<Task>(`/api/tasks/${encodeURIComponent(id)}`, { method: "PATCH", body: fields }).then(
      onChanged,
      (error: unknown) => {
        onChanged(task);
        notifyError(error);
      },
    );
  };
  const isOpen = status === "open";
  const isDropped = isOpen && !in_file;
  const isLate = isOpen && in_file && due_date !== null && due_date < today;
  const source = sources[0]?.path;
  return (
    <div class={isOpen ? "row task-row" : "row task-row is-settled"} data-row>
      <input
        type="checkbox"
        checked={status === "done"}
        aria-label={`Done: ${escapeText(title)}`}
        onChange={(event) => change({ status: event.currentTarget.checked ? "done" : "open" })}
      />
      <a href={`/tasks/${encodeURIComponent(id)}`} class="task-title">
        {priority === "high" ? <strong class="high">high </strong> : null}
        <Text of={title} />
      </a>
      <span class="muted task-project">
        <Text of={project} />
      </span>
      <span class="muted task-source" title={source === undefined ? "" : escapeText(source)}>
        {isDropped ? (
          <button type="button" onClick={() => change({ status: "cancelled" })}>
            Retire
          </button>
        ) : source === undefined ? null : (
          <Text
            of={source.slice(Math.max(source.lastIndexOf("/"), source.lastIndexOf("\\")) + 1)}
          />
        )}
      </span>
      <label class={isLate ? "due is-late" : "due"}>
        <span>{due_date === null ? "" : formatDay(due_date)}</span>
        <DateInput
          label={`Due date of ${escapeText(title)}`}
          value={due_date}
          take={(date) => change({ due_date: date })}
        />
      </label>
    </div>
  );
}

function AddTask({
  onAdded,
  projects,
}: {
  onAdded(task: Task): void;
  projects: KnownProjects;
}): VNode {
  const draft = useDraft("New task");
  // The next task often belongs to the same project.
  const [project, setProject] = useState("");
  const title = draft.textOf("title", "");
  const projectField = draft.field("project_id", project);
  const add = async (): Promise<void> => {
    if (title.trim() === "") return;
    const project_id = draft.textOf("project_id", project) || null;
    try {
      const body = { title, due_date: draft.textOf("due_date", "") || null, project_id };
      const path = withQuery("/api/tasks", { draft_id: draft.held?.draft_id });
      onAdded(await post<Task>(path, body));
      setProject(project_id ?? "");
      draft.discard();
    } catch (error) {
      notifyError(error);
    }
  };
  return (
    <form
      class="add"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <input
        aria-label="Title of a new task"
        placeholder="Add a task"
        maxLength={300}
        {...draft.field("title")}
      />
      <input type="date" aria-label="Due date of the new task" {...draft.field("due_date")} />
      {projects.options.length === 0 && projectField.value === "" ? null : (
        <ProjectSelect label="Project of the new task" projects={projects} field={projectField} />
      )}
      <button disabled={title.trim() === ""}>Add</button>
      <DraftNote of={draft} />
    </form>
  );
}
