import { z } from "zod";
import { AT, FILE_ID, PATH, RUN_ID } from "./example.ts";

const instant = z.iso.datetime();
const tags = z.array(z.string().min(1).max(60)).max(20).describe("Words to find it by.");
const title = z.string().trim().min(1).max(300);
const projectId = z.string().nullable().describe("The project it belongs to; null: none.");

export const ENTITY_TYPES = ["project", "task", "note"] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

export const projectStatus = z.enum(["active", "archived"]);
export const taskStatus = z.enum(["open", "done", "cancelled"]);
export const taskPriority = z.enum(["low", "normal", "high"]);
export const noteStatus = z.enum(["active", "archived"]);

/** The fields of each entity that people and models write, with their limits. */
export const projectFields = z.strictObject({
  name: title.describe("Unique among active projects, case, width and spacing aside."),
  description: z.string().max(20_000).describe("What it is about."),
  status: projectStatus.describe("archived: it is over."),
});
export const taskFields = z.strictObject({
  title: title.describe("What to do."),
  description: z.string().max(20_000).describe("More about it."),
  status: taskStatus.describe("Open, done or cancelled."),
  priority: taskPriority.describe("How much it matters."),
  due_date: z.iso.date().nullable().describe("The day it is due; null: not set."),
  project_id: projectId,
  tags,
});
export const noteFields = z.strictObject({
  title: title.describe("What it is about."),
  body: z.string().max(100_000).describe("Markdown."),
  project_id: projectId,
  tags,
  status: noteStatus.describe("archived: it is over."),
});

export type ProjectFields = z.infer<typeof projectFields>;
export type TaskFields = z.infer<typeof taskFields>;
export type NoteFields = z.infer<typeof noteFields>;

/** Fields of each type of entity, for code that treats them alike. */
export interface FieldsByType {
  project: ProjectFields;
  task: TaskFields;
  note: NoteFields;
}

/** Values for the fields that the creator left out. */
export const ENTITY_DEFAULTS = {
  project: { description: "", status: "active" },
  task: {
    description: "",
    status: "open",
    priority: "normal",
    due_date: null,
    project_id: null,
    tags: [],
  },
  note: { body: "", project_id: null, tags: [], status: "active" },
} as const;

/** Which file an entity came from. */
export const sourceSchema = z
  .object({
    file_id: z.string().describe("The file's id."),
    path: z.string().describe("The absolute path of the file."),
    run_id: z.string().describe("The last run that found it there."),
    hash: z.string().describe("The hash of the content in which it was found."),
    quote: z
      .string()
      .nullable()
      .describe("The passage it comes from, as the model gave it; null: the model gave none."),
    verified: z
      .boolean()
      .describe("Whether the text of that content contains the quote, white space aside."),
    current: z
      .boolean()
      .describe("false: a later content of the file no longer says it, nor contains the quote."),
  })
  .meta({ id: "Source", description: "The link between an entity and a file it comes from." });
export type Source = z.infer<typeof sourceSchema>;

const common = {
  id: z.string().describe("Its id."),
  created_at: instant.describe("When it was created."),
  updated_at: instant.describe("When it was last changed."),
  created_by: z.string().describe('An agent\'s id, or "user".'),
  user_edited: z
    .array(z.string())
    .describe("The fields that the user changed; no agent changes them again."),
  sources: z.array(sourceSchema).describe("The files it comes from."),
  in_file: z.boolean().describe("false: it has sources, and none of them is current."),
};

const EXAMPLE = {
  created_at: AT,
  updated_at: AT,
  created_by: "inbox",
  user_edited: [],
  sources: [
    {
      file_id: FILE_ID,
      path: PATH,
      run_id: RUN_ID,
      hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      quote: "Ada sends the offer by 4 December.",
      verified: true,
      current: true,
    },
  ],
  in_file: true,
};

export const projectSchema = z.object({ ...projectFields.shape, ...common }).meta({
  id: "Project",
  description: "A group of tasks and notes.",
  examples: [
    {
      id: "project_0mch5y3m2b6c",
      name: "Roof",
      description: "",
      status: "active",
      ...EXAMPLE,
    },
  ],
});
export const taskSchema = z.object({ ...taskFields.shape, ...common }).meta({
  id: "Task",
  description: "Something to do.",
  examples: [
    {
      id: "task_0mch5y3m4e8f",
      title: "Send the offer",
      description: "",
      status: "open",
      priority: "normal",
      due_date: "2026-12-04",
      project_id: "project_0mch5y3m2b6c",
      tags: [],
      ...EXAMPLE,
    },
  ],
});
export const noteSchema = z.object({ ...noteFields.shape, ...common }).meta({
  id: "Note",
  description: "Something to know.",
  examples: [
    {
      id: "note_0mch5y3m6g0h",
      title: "Minutes of the roof meeting",
      body: "- Slate lasts longer.",
      project_id: "project_0mch5y3m2b6c",
      tags: ["roof"],
      status: "active",
      ...EXAMPLE,
    },
  ],
});

/** An entity as the API has it. */
export type Entity<T extends EntityType> = FieldsByType[T] & {
  id: string;
  created_at: string;
  updated_at: string;
  created_by: string;
  user_edited: string[];
  sources: Source[];
  in_file: boolean;
};
export type Project = Entity<"project">;
export type Task = Entity<"task">;
export type Note = Entity<"note">;
