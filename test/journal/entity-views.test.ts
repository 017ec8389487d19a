import { expect, test } from "vitest";
import { createByUser, deleteByUser } from "../../daemon/commit/user-edit.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { findEntityView, listEntityViews } from "../../daemon/journal/entity-views.ts";
import { listRuns } from "../../daemon/journal/run-views.ts";
import { finishRun } from "../../daemon/journal/runs.ts";
import { addJob, NOW, openTestJournal } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";

test("entities come newest first, and a page stays right while others are added", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const add = (title: string) => createByUser(journal, "note", { title }, NOW).id;
  const [one, two, three] = [add("1"), add("2"), add("3")];
  const first = listEntityViews(journal, "note", { limit: 2 });
  expect(first.items.map(({ id }) => id)).toEqual([three, two]);
  add("4");
  const cursor = first.next_cursor ?? "";
  const second = listEntityViews(journal, "note", { limit: 2, cursor });
  expect(second.items.map(({ id }) => id)).toEqual([one]);
  expect(second.next_cursor).toBeNull();
});

test("filters narrow, and one on a field that the type lacks matches nothing", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const project = createByUser(journal, "project", { name: "Alpha" }, NOW);
  const task = createByUser(journal, "task", { title: "Call", project_id: project.id }, NOW);
  createByUser(journal, "task", { title: "Write", status: "done" }, NOW);
  const titles = (query: object) =>
    listEntityViews(journal, "task", { limit: 9, ...query }).items.map(({ title }) => title);
  expect(titles({ project_id: project.id })).toEqual(["Call"]);
  expect(titles({ status: "done" })).toEqual(["Write"]);
  expect(titles({ status: "done", project_id: project.id })).toEqual([]);
  const ofProject = listEntityViews(journal, "project", { limit: 9, project_id: project.id });
  expect(ofProject.items).toEqual([]);
  deleteByUser(journal, "task", task.id, NOW);
  expect(titles({})).toEqual(["Write"]);
  expect(findEntityView(journal, "task", task.id)).toBeUndefined();
});

test("an entity shows its files, each with the passage and whether the file has it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const text = "Please call\n  Bob.";
  const { file_ids, run_id } = workJob(journal, { text }, (workspace) => {
    workspace.createTask({ title: "Call Bob" }, "call Bob.");
  });
  const [view] = listEntityViews(journal, "task", { limit: 1, file_id: file_ids[0] }).items;
  expect(view).toMatchObject({ title: "Call Bob", created_by: "inbox", user_edited: [] });
  expect(view?.sources).toEqual([
    {
      file_id: file_ids[0],
      path: "/in/a.md",
      run_id,
      hash: expect.any(String),
      quote: "call Bob.",
      verified: true,
      current: true,
    },
  ]);
  expect(listEntityViews(journal, "task", { limit: 1, file_id: "file_x" }).items).toEqual([]);
});

test("a cursor of another list, or of no list, is refused", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  for (const cursor of ["x", "WyIvaW4vYSIsMV0", ""]) {
    expect(() => listEntityViews(journal, "note", { limit: 1, cursor })).toThrow(RunnerError);
    expect(() => listRuns(journal, { limit: 1, cursor })).toThrow(RunnerError);
  }
});

test("runs come newest first, by agent and status, with what they made", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { run_id } = workJob(journal, {}, (workspace) => {
    workspace.createTask({ title: "Call" }, null);
  });
  const second = addJob(journal, { hash: "b".repeat(64), paths: ["/in/b.md"] });
  const ids = (query: object) =>
    listRuns(journal, { limit: 9, ...query }).items.map((run) => run.run_id);
  expect(ids({})).toEqual([second.run_id, run_id]);
  expect(ids({ status: "running" })).toEqual([second.run_id]);
  expect(ids({ agent_id: "other" })).toEqual([]);
  finishRun(journal, second.run_id, "cancelled", NOW);
  const { items, next_cursor } = listRuns(journal, { limit: 1 });
  expect(items[0]?.status).toBe("cancelled");
  const [first] = listRuns(journal, { limit: 1, cursor: next_cursor ?? "" }).items;
  expect(first).toMatchObject({
    status: "success",
    entities: { created: 1, updated: 0, retired: 0 },
    files: { found: 1, processed: 1 },
  });
});
