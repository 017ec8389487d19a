import type {
  EntityType,
  FieldsByType,
  NoteFields,
  ProjectFields,
  TaskFields,
} from "../protocol/entity.ts";

/** An entity as tools show it to a model: id, title and state, and bodies only of what this file made. */
export interface EntityView<T extends EntityType> {
  id: string;
  fields: Partial<FieldsByType[T]>;
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

export interface TaskFilter {
  status?: TaskFields["status"];
  project_id?: string;
  /** Words that must all occur in the title. */
  text?: string;
}

/**
 * The store as the tools of one job see it: what is committed, and over it what this job has staged.
 * A write only stages; nothing is true before the commit.
 */
export interface Workspace {
  listProjects(): EntityView<"project">[];
  /** Gives the active project of the same name where there is one (case, width and spacing aside). */
  createProject(
    fields: Partial<ProjectFields> & Pick<ProjectFields, "name">,
    quote: string | null,
  ): WriteResult<"project">;
  /** At most `limit`, the most recently updated first. */
  listTasks(filter: TaskFilter, limit: number): EntityView<"task">[];
  /** What this file made already is updated instead; what the user deleted is refused. */
  createTask(
    fields: Partial<TaskFields> & Pick<TaskFields, "title">,
    quote: string | null,
  ): WriteResult<"task">;
  updateTask(id: string, fields: Partial<TaskFields>, quote: string | null): WriteResult<"task">;
  createNote(
    fields: Partial<NoteFields> & Pick<NoteFields, "title">,
    quote: string | null,
  ): WriteResult<"note">;
}
