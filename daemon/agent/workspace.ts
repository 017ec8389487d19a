import type {
  EntityType,
  FieldsByType,
  NoteFields,
  ProjectFields,
  TaskFields,
} from "../protocol/entity.ts";

/** An entity for the tools; they show a model its title and state, and its text only if it came from this file. */
export interface EntityView<T extends EntityType> {
  type: T;
  id: string;
  fields: Partial<FieldsByType[T]>;
  /** Whether its text came from this job's file; only then a tool may show it. */
  of_this_file: boolean;
  /** The fields that the user changed; writes to them are ignored. */
  user_edited: readonly string[];
}

/** The result of a write, for the model to read. */
export type WriteResult<T extends EntityType> =
  | {
      outcome: "created" | "updated" | "already_recorded";
      entity: EntityView<T>;
      /** The fields that stay unchanged because the user edited them. */
      kept: readonly string[];
    }
  | { outcome: "refused"; reason: string };

/** The result of saying that an entity is gone, for the model to read. */
export type GoneResult = { outcome: "noted" } | { outcome: "refused"; reason: string };

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
 * The entities as the tools of one job see them: the committed state with the staged writes of this job over
 * it. A write only stages; the commit makes it true.
 */
export interface Workspace {
  /** The active projects. Every list has at most `limit` entities, the most recently updated first. */
  listProjects(filter: ProjectFilter, limit: number): EntityView<"project">[];
  /** Returns the active project of the same name instead, if there is one (case, width and spacing aside). */
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
  /**
   * Updates a task of this title that this file made before; refuses one that the user deleted.
   *
   * @param project the name of its project, instead of `project_id`: an active one, else a new one
   */
  createTask(
    fields: Partial<TaskFields> & Pick<TaskFields, "title">,
    quote: string | null,
    project: string | null,
  ): WriteResult<"task">;
  updateTask(id: string, fields: Partial<TaskFields>, quote: string | null): WriteResult<"task">;
  listNotes(filter: NoteFilter, limit: number): EntityView<"note">[];
  /** As `createTask`, for notes. */
  createNote(
    fields: Partial<NoteFields> & Pick<NoteFields, "title">,
    quote: string | null,
    project: string | null,
  ): WriteResult<"note">;
  updateNote(id: string, fields: Partial<NoteFields>, quote: string | null): WriteResult<"note">;
  /** Entities of every type with all these words in their title. */
  search(text: string, limit: number): EntityView<EntityType>[];
  /** Notes that the document no longer has an entity; only for those that were listed as having no passage. */
  markGone(id: string): GoneResult;
}
