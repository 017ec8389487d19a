import type { Task } from "../../protocol/entity.ts";

export type GroupBy = "due" | "project" | "agent";

export interface TaskGroup {
  key: string;
  title: string;
  tasks: Task[];
}

// Shared: creating one per comparison takes most of the time of a long list.
const byLanguage = new Intl.Collator();

const DAY_MS = 86_400_000;
const DUE = [
  "Overdue",
  "Today",
  "Next seven days",
  "Later",
  "No date",
  "No longer in its file",
] as const;
const DROPPED = 5;

/**
 * Tasks in groups, each by date and then by priority.
 *
 * @param today `YYYY-MM-DD`, local
 */
export function groupTasks(
  tasks: readonly Task[],
  by: GroupBy,
  names: { project(id: string | null): string; agent(id: string): string },
  today: string,
): TaskGroup[] {
  const groups = new Map<string, TaskGroup>();
  for (const task of tasks) {
    const [key, title] = placeOf(task, by, names, today);
    const group = groups.get(key) ?? { key, title, tasks: [] };
    group.tasks.push(task);
    groups.set(key, group);
  }
  const inOrder = [...groups.values()].toSorted((a, b) =>
    by === "due" ? compareText(a.key, b.key) : compareTitles(a, b),
  );
  for (const group of inOrder) group.tasks.sort(compareTasks);
  return inOrder;
}

function placeOf(
  task: Task,
  by: GroupBy,
  names: { project(id: string | null): string; agent(id: string): string },
  today: string,
): [key: string, title: string] {
  if (by === "project") {
    return [
      task.project_id ?? "",
      task.project_id === null ? "No project" : names.project(task.project_id),
    ];
  }
  if (by === "agent") {
    return [
      task.created_by,
      task.created_by === "user" ? "Added by you" : names.agent(task.created_by),
    ];
  }
  const isDropped = !task.in_file && task.status === "open";
  const place = isDropped ? DROPPED : dueGroup(task.due_date, today);
  return [String(place), DUE[place] ?? ""];
}

function dueGroup(due: string | null, today: string): number {
  if (due === null) return 4;
  const away = (Date.parse(due) - Date.parse(today)) / DAY_MS;
  if (away < 0) return 0;
  if (away === 0) return 1;
  return away <= 7 ? 2 : 3;
}

/** A group without a name comes last. */
function compareTitles(a: TaskGroup, b: TaskGroup): number {
  if ((a.key === "") !== (b.key === "")) return a.key === "" ? 1 : -1;
  return byLanguage.compare(a.title, b.title);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const PRIORITIES = { high: 0, normal: 1, low: 2 } as const;

function compareTasks(a: Task, b: Task): number {
  return (
    compareText(a.due_date ?? "9999", b.due_date ?? "9999") ||
    PRIORITIES[a.priority] - PRIORITIES[b.priority] ||
    byLanguage.compare(a.title, b.title)
  );
}
