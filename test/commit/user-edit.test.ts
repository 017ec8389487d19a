import { expect, test } from "vitest";
import { createByUser, deleteByUser, editByUser } from "../../daemon/commit/user-edit.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { findEntity } from "../../daemon/journal/entities.ts";
import { findEntityView, listEntityViews } from "../../daemon/journal/entity-views.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";

const LATER = "2026-11-20T11:00:00.000Z";

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof RunnerError) return error.code;
    throw error;
  }
  return undefined;
}

test("what the user creates is the user's, field by field", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const task = createByUser(journal, "task", { title: "Call", priority: "high" }, NOW);
  expect(task).toMatchObject({
    created_by: "user",
    user_edited: ["title", "priority"],
    status: "open",
    sources: [],
  });
  expect(findEntityView(journal, "task", task.id)).toEqual(task);
});

test("an edit marks the fields that change, and only those", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, {}, (workspace) => {
    workspace.createTask({ title: "Call", tags: ["a"] }, null);
  });
  const [made] = listEntityViews(journal, "task", { limit: 1 }).items;
  const id = made?.id ?? "";
  const same = editByUser(journal, "task", id, { title: "Call", tags: ["a"] }, LATER);
  expect(same).toEqual(made);
  const edited = editByUser(journal, "task", id, { title: "Call", status: "done" }, LATER);
  expect(edited).toMatchObject({ status: "done", user_edited: ["status"], updated_at: LATER });
  const more = editByUser(journal, "task", id, { status: "open", tags: [] }, LATER);
  expect(more.user_edited).toEqual(["status", "tags"]);
});

test("every edit is on record with what is needed to take it back", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { id } = createByUser(journal, "note", { title: "One" }, NOW);
  editByUser(journal, "note", id, { title: "Two" }, NOW);
  deleteByUser(journal, "note", id, NOW);
  const changes = journal.all(journal.build.selectFrom("changes").selectAll());
  expect(changes.map(({ op, before, after }) => ({ op, before, after }))).toEqual([
    { op: "create", before: null, after: '{"title":"One"}' },
    { op: "update", before: '{"title":"One"}', after: '{"title":"Two"}' },
    { op: "delete", before: expect.stringContaining('"title":"Two"'), after: null },
  ]);
  const events = journal.all(journal.build.selectFrom("events").select("event"));
  expect(events.map(({ event }) => JSON.parse(event).op)).toEqual(["create", "update", "delete"]);
});

test("an active project's name cannot be taken twice, by creating, renaming or un-archiving", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const alpha = createByUser(journal, "project", { name: "Alpha" }, NOW);
  const beta = createByUser(journal, "project", { name: "Beta" }, NOW);
  const create = () => createByUser(journal, "project", { name: " ALPHA" }, NOW);
  expect(codeOf(create)).toBe("project_name_taken");
  const rename = () => editByUser(journal, "project", beta.id, { name: "alpha" }, NOW);
  expect(codeOf(rename)).toBe("project_name_taken");
  editByUser(journal, "project", alpha.id, { status: "archived" }, NOW);
  rename();
  const back = () => editByUser(journal, "project", alpha.id, { status: "active" }, NOW);
  expect(codeOf(back)).toBe("project_name_taken");
  const respelled = editByUser(journal, "project", beta.id, { name: "ALPHA" }, NOW);
  expect(respelled.name).toBe("ALPHA");
  const archived = { name: "Alpha", status: "archived" } as const;
  expect(createByUser(journal, "project", archived, NOW).status).toBe("archived");
});

test("an entity belongs to a project that exists, or to no project", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { id } = createByUser(journal, "project", { name: "Alpha" }, NOW);
  deleteByUser(journal, "project", id, NOW);
  for (const project_id of ["project_x", id]) {
    const create = () => createByUser(journal, "task", { title: "Call", project_id }, NOW);
    expect(codeOf(create)).toBe("invalid_request");
  }
  expect(listEntityViews(journal, "task", { limit: 9 }).items).toEqual([]);
});

test("a deletion leaves a tombstone, and what belonged to a deleted project belongs to no project", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { id: project_id } = createByUser(journal, "project", { name: "Alpha" }, NOW);
  const task = createByUser(journal, "task", { title: "Call", project_id }, NOW);
  const note = createByUser(journal, "note", { title: "Minutes", project_id }, NOW);
  deleteByUser(journal, "project", project_id, NOW);
  expect(findEntity(journal, "project", project_id)).toMatchObject({ deleted_by: "user" });
  expect(findEntityView(journal, "task", task.id)?.project_id).toBeNull();
  expect(findEntityView(journal, "note", note.id)?.project_id).toBeNull();
});

test("what is not there, or no longer, cannot be edited or deleted", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { id } = createByUser(journal, "task", { title: "Call" }, NOW);
  deleteByUser(journal, "task", id, NOW);
  for (const wanted of [id, "task_x"]) {
    const edit = () => editByUser(journal, "task", wanted, { title: "x" }, NOW);
    expect(codeOf(edit)).toBe("entity_not_found");
    expect(codeOf(() => deleteByUser(journal, "task", wanted, NOW))).toBe("entity_not_found");
  }
});
