import type { EntityFilter } from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";
import type { FieldsByType } from "../protocol/entity.ts";
import type { LimitReached, Warning } from "../protocol/warning.ts";
import { MOST_FOREIGN } from "./file-rights.ts";
import { toChangeSet } from "./change-set.ts";
import { listStaged, searchStaged } from "./list-staged.ts";
import { createNamed } from "./name-project.ts";
import { createProject } from "./stage-create.ts";
import { updateOwn, updateProject } from "./stage-update.ts";
import { type Staging, type StagingJob, startStaging } from "./staging.ts";
import { type Refusal, refused } from "./written.ts";

/*
 * The store as one job sees it: what is committed, with the job's staged writes over it. Nothing staged is
 * true before the commit; what a file says again is updated, not doubled; the user's edits and deletions
 * win; an agent changes only entities that it created, and of those that came from another file only what
 * `file-rights.ts` allows. The workspace writes nothing. A crash loses the staging, which the stored replies
 * rebuild with the same ids.
 */

type Projects = FieldsByType["project"];
type Tasks = FieldsByType["task"];
type Notes = FieldsByType["note"];
type Quote = string | null;
type ProjectName = string | null;

/** Starts the staging of one job. */
export function openWorkspace(journal: Journal, job: StagingJob) {
  return workspaceOf(startStaging(journal, job));
}

/** What the tools of a job, and its commit, ask of its staging. */
export function workspaceOf(staging: Staging) {
  return {
    listProjects: (filter: EntityFilter, limit: number) =>
      listStaged(staging, "project", { ...filter, status: "active" }, limit),
    createProject: (fields: Partial<Projects> & { name: string }, quote: Quote) =>
      createProject(staging, fields, quote),
    updateProject: (id: string, fields: Partial<Projects>, quote: Quote) =>
      updateProject(staging, id, fields, quote),

    listTasks: (filter: EntityFilter, limit: number) => listStaged(staging, "task", filter, limit),
    createTask: (
      fields: Partial<Tasks> & { title: string },
      quote: Quote,
      project: ProjectName = null,
    ) => createNamed(staging, "task", fields, quote, project),
    updateTask: (id: string, fields: Partial<Tasks>, quote: Quote) =>
      updateOwn(staging, "task", id, fields, quote),

    listNotes: (filter: EntityFilter, limit: number) => listStaged(staging, "note", filter, limit),
    createNote: (
      fields: Partial<Notes> & { title: string },
      quote: Quote,
      project: ProjectName = null,
    ) => createNamed(staging, "note", fields, quote, project),
    updateNote: (id: string, fields: Partial<Notes>, quote: Quote) =>
      updateOwn(staging, "note", id, fields, quote),

    search: (text: string, limit: number) => searchStaged(staging, text, limit),

    markGone: (id: string) => markGone(staging, id),

    /** The job's change set as staged so far. */
    changeSet: () => toChangeSet([...staging.staged.values()], staging),

    /** What the job wanted to change and may not. */
    warnings: (): Warning[] => warnOfRefused(staging),
  };
}

/** A file can only drop itself as a source, of what the model was asked about. */
function markGone({ job, gone }: Staging, id: string): Refusal | { outcome: "noted" } {
  if (job.without_passage?.has(id) !== true) {
    return refused(`Nothing with the id ${JSON.stringify(id)} is listed as having no passage.`);
  }
  gone.add(id);
  return { outcome: "noted" };
}

export type JobWorkspace = ReturnType<typeof openWorkspace>;

function warnOfRefused({ refused, refused_foreign, job }: Staging): Warning[] {
  const most = `the limit of max_changes_per_file is ${job.max_changes}`;
  const mostForeign = `the limit of changes to what other files made is ${MOST_FOREIGN}`;
  return [
    ...beyondLimit("changes_beyond_limit", refused, most),
    ...beyondLimit("foreign_changes_beyond_limit", refused_foreign, mostForeign),
  ];
}

function beyondLimit(code: LimitReached, count: number, limit: string): Warning[] {
  return count === 0
    ? []
    : [{ code, message: `Changes that were not recorded: ${count}; ${limit}.` }];
}
