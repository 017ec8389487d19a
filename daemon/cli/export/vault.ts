// A vault of Markdown files: one for each note and project, and a task list for each project.
import { EXPORT_MARK, exportMark } from "../../core/export-mark.ts";
import type { Note, Project, Source, Task } from "../../protocol/entity.ts";
import { type Entities, compare, oldestFirst } from "./entities.ts";
import { nameFiles } from "./file-name.ts";
import { toInert } from "./inert.ts";
import { clean, toCode, toFrontMatter, toInline, toLink } from "./markdown.ts";

const LOOSE = "No project";

/**
 * The texts of the files, by path. Equal entities give equal bytes, in whatever order they are.
 *
 * @param options.raw bodies and descriptions as they are, instead of inert
 */
export function toVault(
  entities: Entities,
  { raw = false }: { raw?: boolean } = {},
): Map<string, string> {
  const projects = oldestFirst(entities.projects);
  const tasks = oldestFirst(entities.tasks);
  const notes = oldestFirst(entities.notes);
  const plan = planVault({ projects, tasks, notes }, raw ? (text) => clean(text).trim() : toInert);
  return new Map([
    ["index.md", toIndex(plan, projects)],
    ...projects.map(
      (project) => [plan.projectPath(project.id), toProjectPage(plan, project)] as const,
    ),
    ...[...Map.groupBy(tasks, plan.projectIdOf)].map(
      ([id, own]) => [plan.listPath(id), toListPage(plan, id, own)] as const,
    ),
    ...notes.map((note) => [plan.notePath(note.id), toNotePage(plan, note)] as const),
  ]);
}

/** The paths of the files, and which entities belong to which project. An empty id means "no project". */
interface Plan {
  projectPath(id: string): string;
  notePath(id: string): string;
  listPath(projectId: string): string;
  projectIdOf(of: { project_id: string | null }): string;
  findProject(id: string | null): Project | undefined;
  tasksOf(projectId: string): readonly Task[];
  notesOf(projectId: string): readonly Note[];
  notes: readonly Note[];
  /** A body or a description as it is written. */
  toBlocks(text: string): string;
}

function planVault({ projects, tasks, notes }: Entities, toBlocks: Plan["toBlocks"]): Plan {
  const titles = projects.map(({ id, name }) => ({ id, title: name }));
  const projectNames = nameFiles(titles, [LOOSE.toLowerCase()]);
  const noteNames = nameFiles(notes);
  const byId = new Map(projects.map((project) => [project.id, project]));
  const projectIdOf: Plan["projectIdOf"] = ({ project_id }) =>
    project_id !== null && byId.has(project_id) ? project_id : "";
  const tasksByProject = Map.groupBy(tasks, projectIdOf);
  const notesByProject = Map.groupBy(notes, projectIdOf);
  return {
    projectPath: (id) => `projects/${projectNames.get(id) ?? id}.md`,
    notePath: (id) => `notes/${noteNames.get(id) ?? id}.md`,
    listPath: (id) => `tasks/${projectNames.get(id) ?? LOOSE}.md`,
    projectIdOf,
    findProject: (id) => byId.get(id ?? ""),
    tasksOf: (id) => tasksByProject.get(id) ?? [],
    notesOf: (id) => notesByProject.get(id) ?? [],
    notes,
    toBlocks,
  };
}

function toProjectPage(plan: Plan, project: Project): string {
  const { id, name, description, status, created_at, updated_at } = project;
  const fields = { title: name, status, created_at, updated_at };
  return toPage(["project", id], fields, name, [
    plan.toBlocks(description),
    ...section("## Tasks", toListLink(plan, id, UP)),
    ...section("## Notes", toNoteLinks(plan, plan.notesOf(id), UP)),
    toSources(project.sources),
  ]);
}

function toListPage(plan: Plan, id: string, tasks: readonly Task[]): string {
  const project = plan.findProject(id);
  const name = project?.name ?? LOOSE;
  const fields = { project: project?.name ?? null };
  return toPage(["tasks", id], fields, `Tasks: ${name}`, [
    ...toProjectLink(plan, project),
    ...SECTIONS.flatMap(([status, heading]) => {
      const own = tasks.filter((task) => task.status === status).toSorted(compareTasks);
      return section(heading, own.map((task) => toTask(plan, task)).join("\n"));
    }),
  ]);
}

function toNotePage(plan: Plan, note: Note): string {
  const { id, title, status, tags, created_at, updated_at } = note;
  const project = plan.findProject(note.project_id);
  const told = { project: project?.name ?? null, tags };
  const fields = { title, status, ...told, created_at, updated_at };
  return toPage(["note", id], fields, title, [
    ...toProjectLink(plan, project),
    plan.toBlocks(note.body),
    toSources(note.sources),
  ]);
}

function toIndex(plan: Plan, projects: readonly Project[]): string {
  const lines = projects.map(({ id, name, status }) => {
    const list = toListLink(plan, id, "");
    const link = toLink(name, plan.projectPath(id));
    return `- ${link}${status === "active" ? "" : ARCHIVED}${list === "" ? "" : `: ${list}`}`;
  });
  return toPage(["index", ""], {}, "Agent Runner", [
    ...section("## Projects", lines.join("\n")),
    ...section("## Tasks without a project", toListLink(plan, "", "")),
    ...section("## Notes", toNoteLinks(plan, plan.notes, "")),
  ]);
}

/** The way from a file in a subdirectory to the top of the vault. */
const UP = "../";
const ARCHIVED = " (archived)";

function section(heading: string, text: string): string[] {
  return text === "" ? [] : [heading, text];
}

function toProjectLink(plan: Plan, project: Project | undefined): string[] {
  if (project === undefined) return [];
  return [`Project: ${toLink(project.name, UP + plan.projectPath(project.id))}`];
}

function toListLink(plan: Plan, projectId: string, up: string): string {
  const tasks = plan.tasksOf(projectId);
  if (tasks.length === 0) return "";
  const open = tasks.filter(({ status }) => status === "open").length;
  return toLink(`${open} open of ${tasks.length} tasks`, up + plan.listPath(projectId));
}

function toNoteLinks(plan: Plan, notes: readonly Note[], up: string): string {
  return notes
    .toSorted((a, b) => compare(a.title, b.title) || compare(a.id, b.id))
    .map(({ id, title, status }) => {
      const link = toLink(title, up + plan.notePath(id));
      return `- ${link}${status === "active" ? "" : ARCHIVED}`;
    })
    .join("\n");
}

/** @param id of the entity; of the project of a list of tasks */
function toPage(
  [type, id]: readonly [type: string, id: string],
  more: Readonly<Record<string, unknown>>,
  title: string,
  blocks: readonly string[],
): string {
  const text = [`# ${toInline(title)}`, ...blocks.filter((block) => block !== "")].join("\n\n");
  const idKey = type === "tasks" ? "project_id" : "id";
  const fields = { [EXPORT_MARK]: exportMark(type, id), type, [idKey]: id || null, ...more };
  return `${toFrontMatter(fields)}\n${text}\n`;
}

const SECTIONS = [
  ["open", "## Open"],
  ["done", "## Done"],
  ["cancelled", "## Cancelled"],
] as const;

/** By due date (none last), then by title. */
function compareTasks(a: Task, b: Task): number {
  const due = compare(a.due_date ?? "9999", b.due_date ?? "9999");
  return due || compare(a.title, b.title) || compare(a.id, b.id);
}

function toTask(plan: Plan, task: Task): string {
  const { status, due_date, priority, tags } = task;
  const title = status === "cancelled" ? `~~${toInline(task.title)}~~` : toInline(task.title);
  const facts = [
    title,
    ...(due_date === null ? [] : [`due ${due_date}`]),
    ...(priority === "normal" ? [] : [`${priority} priority`]),
    ...(tags.length === 0 ? [] : [`tags: ${toInline(tags.join(", "))}`]),
  ];
  const below = [plan.toBlocks(task.description), toSources(task.sources)].filter(
    (text) => text !== "",
  );
  const lines = below.flatMap((text) => ["", ...text.split("\n")]);
  return [
    `- [${status === "open" ? " " : "x"}] ${facts.join(" · ")}`,
    ...lines.map((line) => (line === "" ? "" : `  ${line}`)),
  ].join("\n");
}

function toSources(sources: readonly Source[]): string {
  const paths = [...new Set(sources.map(({ path }) => path))].toSorted(compare);
  return paths.length === 0 ? "" : `From ${paths.map(toCode).join(", ")}`;
}
