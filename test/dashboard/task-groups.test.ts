import { expect, test } from "vitest";
import { groupTasks } from "../../daemon/dashboard/page/task-groups.ts";
import { ENTITY_DEFAULTS, type Task } from "../../daemon/protocol/entity.ts";

function task(title: string, fields: Partial<Task> = {}): Task {
  return {
    ...ENTITY_DEFAULTS.task,
    tags: [],
    id: title,
    title,
    created_at: "2026-03-01T08:00:00.000Z",
    updated_at: "2026-03-01T08:00:00.000Z",
    created_by: "inbox",
    user_edited: [],
    sources: [],
    in_file: true,
    ...fields,
  };
}

const names = {
  project: (id: string | null) => (id === "p1" ? "Garden" : "Attic"),
  agent: (id: string) => `Agent ${id}`,
};
const titles = (tasks: readonly Task[], by: "due" | "project" | "agent"): unknown[] =>
  groupTasks(tasks, by, names, "2026-03-10").map((group) => [
    group.title,
    group.tasks.map(({ title }) => title),
  ]);

test("by date, the overdue come first and the dateless last, across a change of month", () => {
  const tasks = [
    task("later", { due_date: "2026-03-18" }),
    task("none"),
    task("week", { due_date: "2026-03-17" }),
    task("today", { due_date: "2026-03-10" }),
    task("late", { due_date: "2026-02-28" }),
    task("later still", { due_date: "2027-01-01" }),
  ];
  expect(titles(tasks, "due")).toEqual([
    ["Overdue", ["late"]],
    ["Today", ["today"]],
    ["Next seven days", ["week"]],
    ["Later", ["later", "later still"]],
    ["No date", ["none"]],
  ]);
});

test("by project, groups are sorted by name with No project last, and tasks by date, priority and title", () => {
  const tasks = [
    task("b", { project_id: "p1" }),
    task("none"),
    task("a", { project_id: "p1" }),
    task("urgent", { project_id: "p1", priority: "high" }),
    task("dated", { project_id: "p1", due_date: "2026-05-01", priority: "low" }),
    task("attic", { project_id: "p2" }),
  ];
  expect(titles(tasks, "project")).toEqual([
    ["Attic", ["attic"]],
    ["Garden", ["dated", "urgent", "a", "b"]],
    ["No project", ["none"]],
  ]);
});

test("by agent, tasks that you added have a group of their own", () => {
  expect(titles([task("x", { created_by: "user" }), task("y")], "agent")).toEqual([
    ["Added by you", ["x"]],
    ["Agent inbox", ["y"]],
  ]);
});

test("an open task that is no longer in its file comes last, and is not overdue", () => {
  const late = { due_date: "2026-03-01" };
  expect(
    titles(
      [
        task("dropped", { ...late, in_file: false }),
        task("late", late),
        task("dropped and done", { ...late, in_file: false, status: "done" }),
      ],
      "due",
    ),
  ).toEqual([
    ["Overdue", ["dropped and done", "late"]],
    ["No longer in its file", ["dropped"]],
  ]);
});
