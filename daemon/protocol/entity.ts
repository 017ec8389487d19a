import { z } from "zod";

const instant = z.iso.datetime();
const tags = z.array(z.string().min(1).max(60)).max(20);
const title = z.string().trim().min(1).max(300);

export const ENTITY_TYPES = ["project", "task", "note"] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

export const projectStatus = z.enum(["active", "archived"]);
export const taskStatus = z.enum(["open", "done", "cancelled"]);
export const taskPriority = z.enum(["low", "normal", "high"]);
export const noteStatus = z.enum(["active", "archived"]);

/** The fields of each entity that people and models write, with their limits. */
export const projectFields = z.strictObject({
  name: title,
  description: z.string().max(20_000),
  status: projectStatus,
});
export const taskFields = z.strictObject({
  title,
  description: z.string().max(20_000),
  status: taskStatus,
  priority: taskPriority,
  due_date: z.iso.date().nullable(),
  project_id: z.string().nullable(),
  tags,
});
export const noteFields = z.strictObject({
  title,
  body: z.string().max(100_000).describe("Markdown."),
  project_id: z.string().nullable(),
  tags,
  status: noteStatus,
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
export const sourceSchema = z.object({
  file_id: z.string(),
  path: z.string(),
  run_id: z.string(),
  /** The passage it rests on, as the model gave it; null where it gave none. */
  quote: z.string().nullable(),
  /** Whether the quote stands in the file's text, white space aside. */
  verified: z.boolean(),
});
export type Source = z.infer<typeof sourceSchema>;

const common = {
  id: z.string(),
  created_at: instant,
  updated_at: instant,
  created_by: z.string().describe('An agent\'s id, or "user".'),
  user_edited: z
    .array(z.string())
    .describe("The fields that the user changed; no agent changes them again."),
  sources: z.array(sourceSchema),
};

export const projectSchema = z.object({ ...projectFields.shape, ...common });
export const taskSchema = z.object({ ...taskFields.shape, ...common });
export const noteSchema = z.object({ ...noteFields.shape, ...common });

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
