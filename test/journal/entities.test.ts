import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type EntityFilter,
  deleteEntity,
  entityKey,
  findActiveProject,
  findEntity,
  insertEntity,
  listEntitiesOfFiles,
  listAlive,
  listGivenTitles,
  updateEntity,
} from "../../daemon/journal/entities.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";

const LATER = "2026-11-20T11:00:00.000Z";

function addProject(journal: Journal, id: string, name: string): void {
  insertEntity(
    journal,
    "project",
    { id, fields: { name }, created_by: "inbox", user_edited: [] },
    NOW,
  );
}

function addTask(journal: Journal, id: string, title: string, now = NOW): void {
  const entity = { id, fields: { title }, created_by: "inbox", user_edited: [] };
  insertEntity(journal, "task", entity, now);
}

test.each([
  ["Alpha", "ALPHA"],
  ["Project Alpha", "  project\talpha "],
  ["Ａｌｐｈａ", "alpha"],
  ["Ｃafé", "cafe\u0301"],
  ["two words", "two\u00a0words"],
])("%j and %j are the same name", (left, right) => {
  expect(entityKey(left)).toBe(entityKey(right));
});

test("a key is its own key, and no white space is left in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const key = entityKey(text);
      expect(key).not.toMatch(/\s/u);
      expect(entityKey(` ${text}\n`)).toBe(key);
    }),
  );
});

test("what a new entity leaves out has its default, and comes back as it was written", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  addProject(journal, "project_1", "Alpha");
  const fields = { title: "Call", project_id: "project_1", tags: ["a", 'b"'] };
  insertEntity(
    journal,
    "task",
    { id: "task_1", fields, created_by: "inbox", user_edited: ["tags"] },
    NOW,
  );
  expect(findEntity(journal, "task", "task_1")).toMatchObject({
    fields: { ...fields, description: "", status: "open", priority: "normal", due_date: null },
    user_edited: ["tags"],
    deleted_at: null,
  });
  expect(findEntity(journal, "note", "task_1")).toBeUndefined();
});

test("two active projects cannot have one name; an archived or deleted one leaves it free", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  addProject(journal, "project_1", "Alpha");
  expect(() => addProject(journal, "project_2", "ALPHA ")).toThrow(/UNIQUE/u);
  expect(findActiveProject(journal, " alpha")?.id).toBe("project_1");
  updateEntity(journal, "project", "project_1", { status: "archived" }, NOW);
  addProject(journal, "project_2", "ALPHA");
  deleteEntity(journal, "project", "project_2", "user", NOW);
  expect(findActiveProject(journal, "Alpha")).toBeUndefined();
  addProject(journal, "project_3", "alpha");
  expect(listAlive(journal, "project", { status: "active" }, 10).map(({ id }) => id)).toEqual([
    "project_3",
  ]);
});

test("a renamed project is found under its new name alone", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  addProject(journal, "project_1", "Alpha");
  updateEntity(journal, "project", "project_1", { name: "Beta" }, NOW, ["name"]);
  expect(findActiveProject(journal, "alpha")).toBeUndefined();
  expect(findActiveProject(journal, "BETA")).toMatchObject({ user_edited: ["name"] });
});

test("tasks are listed by filter, the most recently updated first, tombstones left out", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  addProject(journal, "project_1", "Alpha");
  addTask(journal, "task_1", "Call Bob about the boat");
  addTask(journal, "task_2", "Call Ann");
  addTask(journal, "task_3", "call bob back");
  updateEntity(journal, "task", "task_1", { project_id: "project_1", status: "done" }, LATER);
  deleteEntity(journal, "task", "task_3", "user", LATER);
  const ids = (filter: EntityFilter, limit = 10) =>
    listAlive(journal, "task", filter, limit).map(({ id }) => id);
  expect(ids({})).toEqual(["task_1", "task_2"]);
  expect(ids({}, 1)).toEqual(["task_1"]);
  expect(ids({ text: "BOB call" })).toEqual(["task_1"]);
  expect(ids({ status: "open" })).toEqual(["task_2"]);
  expect(ids({ project_id: "project_1" })).toEqual(["task_1"]);
  expect(ids({ text: "100%" })).toEqual([]);
});

test("what rests on a file is found with its tombstones, and with every title an agent gave it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { file_ids } = workJob(journal, {}, (workspace) => {
    workspace.createTask({ title: "Call Bob" }, null);
    workspace.createNote({ title: "Minutes" }, null);
  });
  const [task] = listEntitiesOfFiles(journal, "task", file_ids);
  const id = task?.id ?? "";
  deleteEntity(journal, "task", id, "user", NOW);
  expect(listEntitiesOfFiles(journal, "task", file_ids)).toMatchObject([
    { id, deleted_by: "user" },
  ]);
  expect(listEntitiesOfFiles(journal, "task", [])).toEqual([]);
  expect(listGivenTitles(journal, [id])).toEqual(new Map([[id, ["Call Bob"]]]));
});

test("a file with more copies than a query has variables is looked up all the same", async () => {
  using opened = await openTestJournal();
  const { file_ids } = workJob(opened.journal, {}, (workspace) => {
    workspace.createNote({ title: "Minutes" }, null);
  });
  const many = Array.from({ length: 40_000 }, (_, index) => `file_${index}`);
  expect(listEntitiesOfFiles(opened.journal, "note", [...many, ...file_ids])).toHaveLength(1);
});
