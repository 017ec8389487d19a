import type { Journal } from "../journal/open.ts";
import type { EntityType } from "../protocol/entity.ts";
import type { Staged } from "./staged-entity.ts";
import { type StagingJob, startStaging } from "./staging.ts";
import { type JobWorkspace, workspaceOf } from "./workspace.ts";

/*
 * The workspace of a job whose model must not learn of some entities. Each write is staged twice: in a store without
 * them, whose answers the model reads, and in the whole one, whose changes are committed. So what the document says of
 * a hidden entity again updates it, and the model reads what it would read if there were no such entity. Both count
 * creates alike, so that the ids which the model knows mean the same in both.
 */

type Ids = Pick<Staged<EntityType>, "id">;
type Answer = { outcome: string; entity?: Ids; reason?: string };

/** A workspace, and the ids of the entities that its model was shown and that the job did not make. */
export type VeiledWorkspace = JobWorkspace & {
  readonly shown: ReadonlySet<string>;
};

/** Starts the staging of one job, with what `job.isHidden` says kept from the model. */
export function openVeiledWorkspace(journal: Journal, job: StagingJob): VeiledWorkspace {
  const seen = startStaging(journal, job);
  const whole =
    job.isHidden === undefined ? seen : startStaging(journal, { ...job, isHidden: undefined });
  const [front, back] = [workspaceOf(seen), workspaceOf(whole)];
  const shown = new Set<string>();
  const note = ({ id }: Ids): void => {
    if (seen.staged.get(id)?.op !== "create") shown.add(id);
  };
  const showing =
    <Args extends unknown[], Found extends Ids>(list: (...args: Args) => Found[]) =>
    (...args: Args): Found[] => {
      const found = list(...args);
      found.forEach(note);
      return found;
    };
  const writing =
    <Args extends unknown[], Result extends Answer>(
      write: (...args: Args) => Result,
      again: (...args: Args) => unknown,
    ) =>
    (...args: Args): Result => {
      whole.creates = seen.creates;
      const result = write(...args);
      const { outcome, entity } = result;
      if (entity !== undefined) note(entity);
      if (outcome !== "refused" && whole !== seen) again(...args);
      return result;
    };
  return {
    shown,
    listProjects: showing(front.listProjects),
    createProject: writing(front.createProject, back.createProject),
    updateProject: writing(front.updateProject, back.updateProject),
    listTasks: showing(front.listTasks),
    createTask: writing(front.createTask, back.createTask),
    updateTask: writing(front.updateTask, back.updateTask),
    listNotes: showing(front.listNotes),
    createNote: writing(front.createNote, back.createNote),
    updateNote: writing(front.updateNote, back.updateNote),
    search: showing(front.search),
    markGone: writing(front.markGone, back.markGone),
    changeSet: back.changeSet,
    warnings: back.warnings,
  };
}
