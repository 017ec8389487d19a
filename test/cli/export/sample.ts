import type { Entities } from "../../../daemon/cli/export/entities.ts";
import type { Note, Project, Task } from "../../../daemon/protocol/entity.ts";

const AT = "2026-11-20T08:00:00.123Z";

const NO_QUOTE = { quote: null, verified: false, current: true } as const;

const common = (path?: string) => ({
  created_at: AT,
  updated_at: AT,
  created_by: "inbox",
  user_edited: [],
  sources:
    path === undefined
      ? []
      : [{ file_id: "file_1", path, run_id: "run_1", hash: "0", ...NO_QUOTE }],
  in_file: true,
});

export function project(id: string, name: string, more: Partial<Project> = {}): Project {
  return { id: `project_${id}`, name, description: "", status: "active", ...common(), ...more };
}

export function task(id: string, title: string, more: Partial<Task> = {}): Task {
  const rest = { description: "", status: "open", priority: "normal", due_date: null } as const;
  return { id: `task_${id}`, title, ...rest, project_id: null, tags: [], ...common(), ...more };
}

export function note(id: string, title: string, more: Partial<Note> = {}): Note {
  const rest = { body: "", project_id: null, status: "active" } as const;
  return { id: `note_${id}`, title, ...rest, tags: [], ...common("/in/a.md"), ...more };
}

/** Of everything some, with what makes trouble in each format. */
export const SAMPLE: Entities = {
  projects: [
    project("1", "Garden / House", { description: "Everything *outside*.\n\nAnd inside." }),
    project("2", "garden  house", { status: "archived" }),
    project("3", "No project"),
  ],
  tasks: [
    task("1", 'Call Anna, then Bob; \\ that\'s "it"', { due_date: "2026-12-01", priority: "high" }),
    task("2", '=HYPERLINK("http://evil")', { project_id: "project_1", tags: ["a b", "#x"] }),
    task("3", "Paint *the* [fence](x)", {
      project_id: "project_1",
      status: "done",
      description: "Two coats.\n\n- white\n- green",
    }),
    task("4", "`code` & <b>bold</b>", { project_id: "project_2", status: "cancelled" }),
  ],
  notes: [
    note("1", "Weekly: plan?", {
      body: "# A heading\n\nText with [a link](https://x.example).",
      project_id: "project_1",
    }),
    note("2", "weekly  plan", { body: "", status: "archived", tags: ["x"] }),
    note("3", "CON", { body: "--- \nnot: front matter\n---" }),
  ],
};
