import { isDeepStrictEqual } from "node:util";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { undo } from "../../daemon/commit/undo.ts";
import { createByUser, deleteByUser, editByUser } from "../../daemon/commit/user-edit.ts";
import { findEntityView, listEntityViews } from "../../daemon/journal/entity-views.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";

function readEvents(journal: Journal): { type: string }[] {
  return journal
    .all(journal.build.selectFrom("events").select("event").orderBy("event_id"))
    .map(({ event }) => JSON.parse(event) as { type: string });
}

test("a project is not given back a name that another one has by now", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, (workspace) => {
    workspace.createProject({ name: "Alpha" }, null);
  });
  const [alpha] = listEntityViews(journal, "project", { limit: 1 }).items;
  const id = alpha?.id ?? "";
  const renaming = workJob(journal, { content: "b" }, (workspace) => {
    workspace.updateProject(id, { name: "Beta", description: "renamed" }, null);
  });
  createByUser(journal, "project", { name: "alpha" }, NOW);
  const undone = undo(journal, { run_id: renaming.run_id }, NOW);
  expect(undone).toMatchObject({
    reverted: 1,
    kept: [{ id, field: "name", reason: "name_taken" }],
  });
  expect(findEntityView(journal, "project", id)).toMatchObject({ name: "Beta", description: "" });
});

test("a project stays while something belongs to it, and goes with the last of that", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const making = workJob(journal, { content: "a" }, (workspace) => {
    workspace.createProject({ name: "Alpha" }, null);
  });
  const [alpha] = listEntityViews(journal, "project", { limit: 1 }).items;
  const id = alpha?.id ?? "";
  const filling = workJob(journal, { content: "b", paths: ["/in/b.md"] }, (workspace) => {
    workspace.createTask({ title: "Call", project_id: id }, null);
  });
  expect(undo(journal, { run_id: making.run_id }, NOW)).toMatchObject({
    reverted: 0,
    kept: [{ id, field: null, reason: "has_members" }],
  });
  expect(undo(journal, { run_id: filling.run_id }, NOW)).toMatchObject({ reverted: 1, kept: [] });
  expect(findEntityView(journal, "project", id)).toBeUndefined();
});

test.each([
  ["comes back when something is in it again", () => {}, "Alpha"],
  [
    "does not come back beside another of its name",
    (journal: Journal) => createByUser(journal, "project", { name: "alpha" }, NOW),
    undefined,
  ],
  [
    "does not come back once it is forgotten",
    (journal: Journal) => journal.run(sql`UPDATE changes SET after = NULL WHERE op = 'create'`),
    undefined,
  ],
])("a project that was removed %s", async (_, meanwhile, name) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const making = workJob(journal, { content: "a" }, (workspace) => {
    workspace.createProject({ name: "Alpha" }, null);
  });
  const [alpha] = listEntityViews(journal, "project", { limit: 1 }).items;
  const id = alpha?.id ?? "";
  workJob(journal, { content: "b", paths: ["/in/b.md"] }, (workspace) => {
    workspace.createTask({ title: "Call", project_id: id }, null);
  });
  const other = createByUser(journal, "project", { name: "Other" }, NOW);
  const moving = workJob(journal, { content: "b2", paths: ["/in/b.md"] }, (workspace) => {
    const [call] = workspace.listTasks({}, 1);
    workspace.updateTask(call?.id ?? "", { project_id: other.id }, null);
  });
  undo(journal, { run_id: making.run_id }, NOW);
  expect(findEntityView(journal, "project", id)).toBeUndefined();
  meanwhile(journal);
  undo(journal, { run_id: moving.run_id }, NOW);
  expect(findEntityView(journal, "project", id)?.name).toBe(name);
  const [call] = listEntityViews(journal, "task", { limit: 1 }).items;
  expect(call?.project_id ?? null).toBe(name === undefined ? null : id);
  const made = { type: "entity.changed", entity_type: "project", id, op: "create" };
  const told = readEvents(journal).filter((event) => isDeepStrictEqual(event, made));
  expect(told).toHaveLength(name === undefined ? 1 : 2);
});

test("a field that a later job set stays, and gets its first value once that job is undone too", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const due = (content: string, due_date: string) =>
    workJob(journal, { content }, (workspace) => {
      const [call] = workspace.listTasks({}, 1);
      if (call === undefined) workspace.createTask({ title: "Call", due_date }, null);
      else workspace.updateTask(call.id, { due_date }, null);
    });
  due("a", "2026-12-01");
  const second = due("b", "2026-12-02");
  const third = due("c", "2026-12-03");
  const read = () => listEntityViews(journal, "task", { limit: 1 }).items[0];
  const id = read()?.id;
  expect(undo(journal, { run_id: second.run_id }, NOW)).toMatchObject({
    reverted: 0,
    kept: [{ id, field: "due_date", reason: "changed_later" }],
  });
  expect(read()?.due_date).toBe("2026-12-03");
  expect(undo(journal, { run_id: third.run_id }, NOW)).toMatchObject({ reverted: 1, kept: [] });
  expect(read()?.due_date).toBe("2026-12-01");
});

test("a task is not put back into a project that is no more", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const project = createByUser(journal, "project", { name: "Old" }, NOW);
  workJob(journal, { content: "a" }, (workspace) => {
    workspace.createTask({ title: "Call", project_id: project.id }, null);
  });
  const other = createByUser(journal, "project", { name: "New" }, NOW);
  const moving = workJob(journal, { content: "b" }, (workspace) => {
    const [call] = workspace.listTasks({}, 1);
    workspace.updateTask(call?.id ?? "", { project_id: other.id }, null);
  });
  deleteByUser(journal, "project", project.id, NOW);
  undo(journal, { run_id: moving.run_id }, NOW);
  expect(listEntityViews(journal, "task", { limit: 1 }).items[0]?.project_id).toBeNull();
});

test("entities and files that change are reported", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { run_id, file_ids } = workJob(journal, {}, (workspace) => {
    workspace.createTask({ title: "Call" }, null);
  });
  const before = readEvents(journal).length;
  undo(journal, { run_id }, NOW);
  expect(readEvents(journal).slice(before)).toEqual([
    expect.objectContaining({
      type: "file.skipped",
      file_id: file_ids[0],
      reason: "undone",
      run_id,
    }),
    expect.objectContaining({ type: "entity.changed", op: "delete" }),
  ]);
});

test("a title that a later job gave again finds its entity after the first job was undone", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const say = (content: string) =>
    workJob(journal, { content }, (workspace) => {
      workspace.createTask({ title: "Pay the rent", description: "By transfer." }, null);
    });
  const first = say("a");
  say("b");
  const [task] = listEntityViews(journal, "task", { limit: 2 }).items;
  const id = task?.id ?? "";
  expect(undo(journal, { run_id: first.run_id }, NOW).kept).toEqual([
    { id, field: null, reason: "other_source" },
  ]);
  editByUser(journal, "task", id, { title: "Mine" }, NOW);
  say("c");
  expect(listEntityViews(journal, "task", { limit: 2 }).items).toMatchObject([
    { id, title: "Mine" },
  ]);
});

/** Versions of a file that say these due dates of one task. Gives their runs and the task's id. */
function sayDates(
  journal: Journal,
  versions: readonly (object & { due_date: string })[],
): { runs: string[]; id: string } {
  const runs = versions.map((fields, index) => {
    const job = workJob(journal, { content: "abcdef"[index] ?? "" }, (workspace) => {
      workspace.createTask({ title: "Pay the rent", ...fields }, null);
    });
    return job.run_id;
  });
  const [task] = listEntityViews(journal, "task", { limit: 1 }).items;
  return { runs, id: task?.id ?? "" };
}

const [A, B] = ["2026-12-01", "2026-12-02"];

test.each([
  ["nothing else", {}],
  ["something new", { priority: "high" as const }],
])("what a later job says again beside %s stays when a run is undone", async (_what, beside) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { runs, id } = sayDates(journal, [
    { due_date: A },
    { due_date: B },
    { due_date: B, ...beside },
  ]);
  expect(undo(journal, { run_id: runs[1] ?? "" }, NOW)).toMatchObject({
    reverted: 0,
    kept: [{ id, field: "due_date", reason: "changed_later" }],
  });
  expect(findEntityView(journal, "task", id)?.due_date).toBe(B);
  undo(journal, { run_id: runs[2] ?? "" }, NOW);
  expect(findEntityView(journal, "task", id)).toMatchObject({ due_date: A, priority: "normal" });
});

test("what a job said of a field that the user edited never replaces the edit", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { runs, id } = sayDates(journal, [{ due_date: A }]);
  editByUser(journal, "task", id, { due_date: B }, NOW);
  workJob(journal, { content: "f" }, (workspace) => {
    workspace.createTask({ title: "Pay the rent", due_date: A, priority: "high" }, null);
  });
  undo(journal, { run_id: runs[0] ?? "" }, NOW);
  expect(findEntityView(journal, "task", id)).toMatchObject({ due_date: B, priority: "high" });
});

test("a title that a job changed and a later one gave again finds its entity after an undo", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { id } = sayDates(journal, [{ due_date: A }]);
  const retitle = (content: string) =>
    workJob(journal, { content }, (workspace) => {
      workspace.updateTask(id, { title: "Pay Ms Hill" }, null);
    });
  const second = retitle("b");
  retitle("c");
  undo(journal, { run_id: second.run_id }, NOW);
  editByUser(journal, "task", id, { title: "Mine" }, NOW);
  workJob(journal, { content: "d" }, (workspace) => {
    workspace.createTask({ title: "Pay Ms Hill" }, null);
  });
  expect(listEntityViews(journal, "task", { limit: 2 }).items).toMatchObject([
    { id, title: "Mine" },
  ]);
});
