import fc from "fast-check";
import { expect, test } from "vitest";
import { createByUser, deleteByUser } from "../../daemon/commit/user-edit.ts";
import { listEntityViews } from "../../daemon/journal/entity-views.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";
import { beginJob, commitJob, workspaceOf } from "../helper/worked-job.ts";

test("the same calls stage the same change set with the same ids when they are done again", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job, file_ids } = beginJob(journal);
  const kinds = fc.constantFrom("project", "task", "note", "list");
  const calls = fc.array(fc.tuple(kinds, fc.constantFrom("a", "b", "c")));
  fc.assert(
    fc.property(calls, (script) => {
      const replay = () => {
        const workspace = workspaceOf(journal, job, file_ids, { max_changes: 4 });
        for (const [kind, title] of script) {
          if (kind === "project") workspace.createProject({ name: title }, null);
          else if (kind === "task") workspace.createTask({ title }, null);
          else if (kind === "note") workspace.createNote({ title }, null);
          else workspace.listProjects({}, 9);
        }
        return workspace.changeSet();
      };
      expect(replay()).toEqual(replay());
    }),
  );
});

test("what stored replies call by an id still means the same after the store went on", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job, run_id, file_ids, workspace } = beginJob(journal);
  const idOf = (written: ReturnType<typeof workspace.createProject>) =>
    written.outcome === "refused" ? "" : written.entity.id;
  const alpha = idOf(workspace.createProject({ name: "Alpha" }, null));
  const call = workspace.createTask({ title: "Call", project_id: alpha }, null);
  const callId = call.outcome === "refused" ? "" : call.entity.id;

  const made = createByUser(journal, "project", { name: "ALPHA" }, NOW);

  const again = workspaceOf(journal, job, file_ids);
  expect(again.createProject({ name: "Alpha" }, null)).toMatchObject({ entity: { id: made.id } });
  expect(again.createTask({ title: "Call", project_id: alpha }, null)).toMatchObject({
    outcome: "created",
    entity: { id: callId, fields: { project_id: made.id } },
  });
  expect(again.listTasks({ project_id: alpha }, 9)).toHaveLength(1);
  expect(again.updateTask(callId, { priority: "high" }, null).outcome).toBe("updated");
  commitJob(journal, { job, run_id, workspace: again });
  const [task] = listEntityViews(journal, "task", { limit: 9 }).items;
  expect(task).toMatchObject({ id: callId, project_id: made.id, priority: "high" });
});

test("a task whose project was deleted since is recorded without it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const project = createByUser(journal, "project", { name: "Alpha" }, NOW);
  deleteByUser(journal, "project", project.id, NOW);
  const atWork = beginJob(journal);
  const written = atWork.workspace.createTask({ title: "Call", project_id: project.id }, null);
  expect(written.outcome).toBe("created");
  commitJob(journal, atWork);
  expect(listEntityViews(journal, "task", { limit: 9 }).items).toMatchObject([
    { title: "Call", project_id: null },
  ]);
});
