import fc from "fast-check";
import { expect, test } from "vitest";
import { commit } from "../../daemon/commit/commit.ts";
import { undo } from "../../daemon/commit/undo.ts";
import { deleteByUser, editByUser } from "../../daemon/commit/user-edit.ts";
import { findEntity } from "../../daemon/journal/entities.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { shareSources } from "../../daemon/journal/sources.ts";
import type { TaskFields } from "../../daemon/protocol/entity.ts";
import { finishIfComplete } from "../../daemon/runs/finish.ts";
import { addFile, addJob, claim, NOW, openTestJournal } from "../helper/test-journal.ts";
import { createUndoModel, type ModelTask } from "./undo-model.ts";

/*
 * Random histories of jobs, copies, edits and undos against a model that keeps every word that was said of a
 * task and in what order, and makes the task anew from the words in force each time.
 */

type Fields = Partial<Pick<TaskFields, "due_date" | "priority">>;

interface Says {
  op: "create" | "update" | "confirm";
  /** Which of the tasks there are; of a create, the next one. */
  which: number;
  fields: Fields;
  /** Which project it is put in: -1 none, else the project of that job. */
  project: number;
}

type Step =
  | { do: "work"; path: number; says: Says[]; makesProject: boolean }
  | { do: "copy"; of: number }
  | { do: "edit"; which: number; fields: Fields }
  | { do: "delete"; which: number }
  | { do: "undo_run"; of: number }
  | { do: "undo_file"; of: number }
  | { do: "undo_agent" };

const fields: fc.Arbitrary<Fields> = fc.record(
  {
    due_date: fc.constantFrom(null, "2026-12-01", "2026-12-02"),
    priority: fc.constantFrom("low", "normal", "high"),
  },
  { requiredKeys: [] },
);
const nth = fc.nat(20);
const says: fc.Arbitrary<Says> = fc.record({
  op: fc.constantFrom("create", "create", "update", "update", "confirm"),
  which: nth,
  fields,
  project: fc.integer({ min: -3, max: 3 }),
});
const work: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("work"),
  path: fc.nat(2),
  says: fc.array(says, { minLength: 1, maxLength: 3 }),
  makesProject: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: work },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("copy"), of: nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("edit"), which: nth, fields }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete"), which: nth }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("undo_run"), of: nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("undo_file"), of: nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("undo_agent") }) },
);

/** Lives through a history in a journal and in the model, and holds one against the other after each step. */
async function live(steps: readonly Step[]): Promise<void> {
  using opened = await openTestJournal();
  const { journal } = opened;
  const model = createUndoModel();
  const files = new Map<string, string>();
  let copies = 0;
  // What undos took back that were done a second time.
  let again = 0;
  for (const [index, one] of steps.entries()) {
    switch (one.do) {
      case "work": {
        const path = `/in/${one.path}.md`;
        const changeSet = model.toChangeSet(index, one);
        const { run_id, job_id, file_ids } = addJob(journal, {
          hash: index.toString(16).padStart(64, "0"),
          paths: [path],
        });
        files.set(path, file_ids[0] ?? "");
        commit(
          journal,
          {
            job: claim(journal),
            change_set: changeSet,
            tool_results: new Map(),
            changed_files: [],
            warnings: [],
          },
          NOW,
        );
        finishIfComplete(journal, run_id, NOW);
        model.work({
          job_id,
          run_id,
          path,
          changes: changeSet.changes,
          confirmed: changeSet.confirmed,
        });
        break;
      }
      case "copy": {
        const job = model.pickJob(one.of);
        if (job === undefined) break;
        const path = `/in/copy-${(copies += 1)}.md`;
        const hash = "c".repeat(64);
        const file_id = addFile(journal, { path, hash, job_id: job.job_id });
        journal.run(
          journal.build.updateTable("files").set({ state: "done" }).where("file_id", "=", file_id),
        );
        shareSources(journal, { job_id: job.job_id, file_id }, NOW);
        files.set(path, file_id);
        model.copy(job, path);
        break;
      }
      case "edit": {
        const task = model.pickTask(one.which);
        if (task === undefined) break;
        editByUser(journal, "task", task.id, one.fields, NOW);
        model.edit(task, one.fields);
        break;
      }
      case "delete": {
        const task = model.pickTask(one.which);
        if (task === undefined) break;
        deleteByUser(journal, "task", task.id, NOW);
        model.remove(task);
        break;
      }
      case "undo_run": {
        const job = model.pickAnyJob(one.of);
        if (job === undefined) break;
        undo(journal, { run_id: job.run_id }, NOW);
        model.undo((candidate) => candidate === job);
        again += undo(journal, { run_id: job.run_id }, NOW).reverted;
        break;
      }
      case "undo_file": {
        const paths = [...files.keys()];
        const path = paths[one.of % Math.max(1, paths.length)];
        if (path === undefined) break;
        undo(journal, { file_id: files.get(path) ?? "", since: null }, NOW);
        model.undoFile(path);
        break;
      }
      case "undo_agent":
        undo(journal, { agent_id: "inbox", since: null }, NOW);
        model.undo(() => true);
        break;
    }
    expect(again).toBe(0);
    const pathsById = new Map([...files].map(([path, id]) => [id, path]));
    expect(readTasks(journal, model.tasks(), pathsById), `after step ${index}`).toEqual(
      model.tasks(),
    );
    expect(readProjects(journal), `projects after step ${index}`).toEqual(model.projects());
  }
}

function readTasks(
  journal: Journal,
  expected: readonly ModelTask[],
  paths: ReadonlyMap<string, string>,
): ModelTask[] {
  return expected.map(({ id }) => {
    const task = findEntity(journal, "task", id);
    if (task === undefined || task.deleted_at !== null) {
      return { id, deleted: task?.deleted_by ?? null, fields: null, paths: [] };
    }
    const { due_date, priority, project_id } = task.fields;
    const sources = journal.all(
      journal.build.selectFrom("sources").select("file_id").where("entity_id", "=", id),
    );
    return {
      id,
      deleted: null,
      fields: { due_date, priority, project_id },
      paths: sources.map(({ file_id }) => paths.get(file_id) ?? file_id).toSorted(),
    };
  });
}

function readProjects(journal: Journal): string[] {
  return journal
    .all(journal.build.selectFrom("projects").select("id").where("deleted_at", "is", null))
    .map(({ id }) => id)
    .toSorted();
}

test("whatever is undone, in any order, is what the words still in force make of it", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 16 }), live), {
    numRuns: 60,
  });
});

test("without edits, two orders of the same undos come to the same", async () => {
  const history = fc.array(work, { minLength: 2, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(history, fc.infiniteStream(fc.nat(100)), async (steps, random) => {
      const chosen = steps.map((_step, index) => index).filter(() => random.next().value % 2 === 0);
      const shuffled = chosen
        .map((index) => [random.next().value, index] as const)
        .toSorted(([left], [right]) => left - right)
        .map(([, index]) => index);
      expect(await undoInOrder(steps, shuffled)).toEqual(await undoInOrder(steps, chosen));
    }),
    { numRuns: 20 },
  );
});

/** What is left after these runs of a history were taken back in this order. */
async function undoInOrder(steps: readonly Step[], order: readonly number[]): Promise<unknown> {
  using opened = await openTestJournal();
  const { journal } = opened;
  const model = createUndoModel();
  const runs: string[] = [];
  for (const [index, one] of steps.entries()) {
    if (one.do !== "work") continue;
    const change_set = model.toChangeSet(index, one);
    const { run_id, job_id } = addJob(journal, {
      hash: index.toString(16).padStart(64, "0"),
      paths: [`/in/${one.path}.md`],
    });
    commit(
      journal,
      { job: claim(journal), change_set, tool_results: new Map(), changed_files: [], warnings: [] },
      NOW,
    );
    finishIfComplete(journal, run_id, NOW);
    const { changes, confirmed } = change_set;
    model.work({ job_id, run_id, path: `/in/${one.path}.md`, changes, confirmed });
    runs.push(run_id);
  }
  for (const index of order) undo(journal, { run_id: runs[index] ?? "" }, NOW);
  return {
    tasks: readTasks(journal, model.tasks(), new Map()).map(({ paths, ...task }) => ({
      ...task,
      sources: paths.length,
    })),
    projects: readProjects(journal),
  };
}
