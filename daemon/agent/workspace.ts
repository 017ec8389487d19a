import type {
  EntityType,
  FieldsByType,
  NoteFields,
  ProjectFields,
  TaskFields,
} from "../protocol/entity.ts";

/** An entity as tools have it; they show a model its title and state, and its body only where this file said it. */
export interface EntityView<T extends EntityType> {
  type: T;
  id: string;
  fields: Partial<FieldsByType[T]>;
  /** Whether it rests on this job's file. */
  of_this_file: boolean;
  /** Fields that the user changed; writes to them are ignored. */
  user_edited: readonly string[];
}

/** What became of a write; the model reads it. */
export type WriteResult<T extends EntityType> =
  | {
      outcome: "created" | "updated" | "already_recorded";
      entity: EntityView<T>;
      /** Fields that were left as they are because the user changed them. */
      kept: readonly string[];
    }
  | { outcome: "refused"; reason: string };

export interface ProjectFilter {
  /** Words that must all occur in the name. */
  text?: string;
}

export interface TaskFilter {
  status?: TaskFields["status"];
  project_id?: string;
  /** Words that must all occur in the title. */
  text?: string;
}

export interface NoteFilter {
  status?: NoteFields["status"];
  project_id?: string;
  /** Words that must all occur in the title. */
  text?: string;
}

/**
 * The store as the tools of one job see it: what is committed, and over it what this job has staged.
 * A write only stages; nothing is true before the commit.
 */
export interface Workspace {
  /** The active ones; this list and all others have at most `limit`, the most recently updated first. */
  listProjects(filter: ProjectFilter, limit: number): EntityView<"project">[];
  /** Gives the active project of the same name where there is one (case, width and spacing aside). */
  createProject(
    fields: Partial<ProjectFields> & Pick<ProjectFields, "name">,
    quote: string | null,
  ): WriteResult<"project">;
  updateProject(
    id: string,
    fields: Partial<ProjectFields>,
    quote: string | null,
  ): WriteResult<"project">;
  listTasks(filter: TaskFilter, limit: number): EntityView<"task">[];
  /** What this file made already is updated instead; what the user deleted is refused. */
  createTask(
    fields: Partial<TaskFields> & Pick<TaskFields, "title">,
    quote: string | null,
  ): WriteResult<"task">;
  updateTask(id: string, fields: Partial<TaskFields>, quote: string | null): WriteResult<"task">;
  listNotes(filter: NoteFilter, limit: number): EntityView<"note">[];
  /** As with tasks. */
  createNote(
    fields: Partial<NoteFields> & Pick<NoteFields, "title">,
    quote: string | null,
  ): WriteResult<"note">;
  updateNote(id: string, fields: Partial<NoteFields>, quote: string | null): WriteResult<"note">;
  /** Entities of every type with all these words in their title. */
  search(text: string, limit: number): EntityView<EntityType>[];
}
