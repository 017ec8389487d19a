import { z } from "zod";

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
  title: title.describe("What is to be done."),
  description: z.string().max(20_000).describe("More about it."),
  status: taskStatus.describe("How it stands."),
  priority: taskPriority.describe("How much it matters."),
  due_date: z.iso.date().nullable().describe("The day by which; null: none."),
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

/** What a new entity has where its creator said nothing. */
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
    path: z.string().describe("Where the file is, absolute."),
    run_id: z.string().describe("The run that said so last."),
    quote: z
      .string()
      .nullable()
      .describe("The passage it rests on, as the model gave it; null where it gave none."),
    verified: z
      .boolean()
      .describe("Whether the quote stands in the file's text, white space aside."),
  })
  .meta({ id: "Source", description: "The link between an entity and a file it rests on." });
export type Source = z.infer<typeof sourceSchema>;

const common = {
  id: z.string().describe("Its id."),
  created_at: instant.describe("When it was created."),
  updated_at: instant.describe("When it was last changed."),
  created_by: z.string().describe('An agent\'s id, or "user".'),
  user_edited: z
    .array(z.string())
    .describe("The fields that the user changed; no agent changes them again."),
  sources: z.array(sourceSchema).describe("The files it rests on."),
};

export const projectSchema = z
  .object({ ...projectFields.shape, ...common })
  .meta({ id: "Project", description: "What tasks and notes belong together for." });
export const taskSchema = z
  .object({ ...taskFields.shape, ...common })
  .meta({ id: "Task", description: "Something to do." });
export const noteSchema = z
  .object({ ...noteFields.shape, ...common })
  .meta({ id: "Note", description: "Something to know." });

/** An entity as it stands on the wire. */
export type Entity<T extends EntityType> = FieldsByType[T] & {
  id: string;
  created_at: string;
  updated_at: string;
  created_by: string;
  user_edited: string[];
  sources: Source[];
};
export type Project = Entity<"project">;
export type Task = Entity<"task">;
export type Note = Entity<"note">;
