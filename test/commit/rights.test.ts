import { expect, test } from "vitest";
import { listEarlier } from "../../daemon/commit/earlier.ts";
import { reapply } from "../../daemon/commit/reapply.ts";
import { undo } from "../../daemon/commit/undo.ts";
import { deleteByUser, editByUser } from "../../daemon/commit/user-edit.ts";
import type { JobWorkspace } from "../../daemon/commit/workspace.ts";
import { listEntityViews } from "../../daemon/journal/entity-views.ts";
import { listMade, listOwnTexts } from "../../daemon/journal/rights.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { saveSource, shareSources } from "../../daemon/journal/sources.ts";
import type { EntityType } from "../../daemon/protocol/entity.ts";
import { addFile, NOW, openTestJournal } from "../helper/test-journal.ts";
import { beginJob, workJob } from "../helper/worked-job.ts";

/*
 * What a file may do with what another file of its agent made. `/in/a.md` is the other file, `/in/x.md` the one
 * under test.
 */

const ALL = { limit: 99 };
const OTHER = { content: "x", paths: ["/in/x.md"] };

/** One task, note and project that `/in/a.md` made; gives their ids. */
function makeForeign(journal: Journal): Record<EntityType, string> & { file_id: string } {
  const { file_ids } = workJob(journal, { content: "a" }, (workspace) => {
    workspace.createProject({ name: "Harbour house", description: "secret" }, null);
    workspace.createTask({ title: "Call the notary", description: "secret" }, null);
    workspace.createNote({ title: "Salary of Ann", body: "secret" }, null);
  });
  const idOf = (type: EntityType) => listEntityViews(journal, type, ALL).items[0]?.id ?? "";
  const ids = { project: idOf("project"), task: idOf("task"), note: idOf("note") };
  return { ...ids, file_id: file_ids[0] ?? "" };
}

function sourcesOf(journal: Journal, type: EntityType): number {
  return listEntityViews(journal, type, ALL).items[0]?.sources.length ?? 0;
}

test.each([
  ["no quote", null],
  ["a quote that is not in the file", "The notary was called"],
  ["a quote about something else", "Nothing to see here"],
  ["a quote of the whole file", `Nothing to see here. ${"Call a notary. ".repeat(40)}`],
])("what another file made is not confirmed with %s", async (_name, quote) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const ids = makeForeign(journal);
  const text = `Nothing to see here. ${"Call a notary. ".repeat(40)}`;
  const { workspace } = workJob(journal, { ...OTHER, text }, (staging) => {
    expect(staging.updateTask(ids.task, {}, quote).outcome).toBe("refused");
    expect(staging.updateTask(ids.task, { status: "done" }, quote).outcome).toBe("refused");
    expect(staging.updateNote(ids.note, {}, quote).outcome).toBe("refused");
    expect(staging.updateProject(ids.project, {}, quote).outcome).toBe("refused");
    staging.createProject({ name: "harbour HOUSE" }, quote);
  });
  expect(workspace.changeSet()).toEqual({ changes: [], confirmed: [] });
  for (const type of ["task", "note", "project"] as const) expect(sourcesOf(journal, type)).toBe(1);
});

test("a file changes the state of what another file made, with a passage that names it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const ids = makeForeign(journal);
  const text = "Done: called the notary. Harbour house goes on. Ann's salary is old news.";
  const quote = "called the notary";
  workJob(journal, { ...OTHER, text }, (workspace) => {
    const done = { status: "done", priority: "high" } as const;
    expect(workspace.updateTask(ids.task, done, quote).outcome).toBe("updated");
    expect(workspace.updateTask(ids.task, { due_date: "2026-12-01" }, null).outcome).toBe(
      "updated",
    );
    workspace.createProject({ name: "Harbour House" }, "Harbour house goes on");
    workspace.updateNote(ids.note, { status: "archived" }, "Ann's salary is old news");
  });
  expect(listEntityViews(journal, "task", ALL).items).toMatchObject([
    {
      status: "done",
      due_date: "2026-12-01",
      description: "secret",
      sources: [{}, { quote, verified: true }],
    },
  ]);
  expect(listEntityViews(journal, "note", ALL).items).toMatchObject([
    { status: "archived", sources: [{}, {}] },
  ]);
  expect(sourcesOf(journal, "project")).toBe(2);
});

test("a passage that names it gives no right to its text, title, tags or project", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const ids = makeForeign(journal);
  const text = "Call the notary about Harbour house. Salary of Ann.";
  const { workspace } = beginJob(journal, { ...OTHER, text });
  const writes = [
    workspace.updateTask(ids.task, { title: "Mine" }, "Call the notary"),
    // The same text as before: the answer does not tell.
    workspace.updateTask(ids.task, { description: "secret" }, "Call the notary"),
    workspace.updateTask(ids.task, { project_id: ids.project }, "Call the notary"),
    workspace.updateTask(ids.task, { tags: ["x"] }, "Call the notary"),
    workspace.updateNote(ids.note, { body: "secret" }, "Salary of Ann"),
    workspace.updateProject(ids.project, { name: "Mine" }, "Harbour house"),
    workspace.updateProject(ids.project, { description: "Mine" }, "Harbour house"),
  ];
  expect(writes.map(({ outcome }) => outcome)).toEqual(writes.map(() => "refused"));
  expect(workspace.changeSet()).toEqual({ changes: [], confirmed: [] });
});

test("a file that supports an entity does not become its maker in a later version", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const ids = makeForeign(journal);
  const text = "Salary of Ann. Call the notary.";
  workJob(journal, { ...OTHER, text }, (workspace) => {
    workspace.updateNote(ids.note, { status: "archived" }, "Salary of Ann");
    workspace.updateTask(ids.task, {}, "Call the notary");
  });
  const { workspace } = beginJob(journal, { ...OTHER, content: "y", text });
  expect(workspace.listNotes({}, 9)).toMatchObject([{ id: ids.note, of_this_file: false }]);
  expect(workspace.updateNote(ids.note, { body: "Mine" }, "Salary of Ann").outcome).toBe("refused");
  const note = workspace.createNote({ title: "Salary of Ann", body: "Mine" }, "Salary of Ann");
  expect(note).toMatchObject({ outcome: "created" });
  const task = workspace.createTask({ title: "Call the notary", description: "Mine" }, null);
  expect(task).toMatchObject({ outcome: "created" });
});

test("a file reads a text again only while it is the one that the file wrote", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const write = (title: string, body: string) => (workspace: JobWorkspace) => {
    workspace.createNote({ title, body }, null);
  };
  const { file_ids } = workJob(journal, { content: "a" }, write("Diary", "one"));
  workJob(journal, { content: "b" }, write("Diary", "two"));
  const [note] = listEntityViews(journal, "note", ALL).items;
  const id = note?.id ?? "";
  const isReadable = () => listOwnTexts(journal, file_ids).has(id);
  expect(isReadable()).toBe(true);
  editByUser(journal, "note", id, { body: "for me alone" }, NOW);
  expect(isReadable()).toBe(false);
  const { workspace } = beginJob(journal, { content: "c" });
  const guesses = ["for me alone", "for you alone"].map((body) =>
    workspace.updateNote(id, { body }, null),
  );
  for (const guess of guesses) expect(guess).toMatchObject({ kept: ["body"] });
  expect(listMade(journal, file_ids).has(id)).toBe(true);
  editByUser(journal, "note", id, { body: "one" }, NOW);
  expect(isReadable()).toBe(true);
});

test("a copy has the rights of its original, and so has the copy of an unchanged later version", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const say =
    (...titles: string[]) =>
    (workspace: JobWorkspace) => {
      for (const title of titles) workspace.createTask({ title }, null);
    };
  workJob(journal, { content: "a" }, say("Call Ann"));
  const second = workJob(journal, { content: "b" }, say("Call Ann", "Call Bob"));
  const copy = addFile(journal, {
    path: "/in/copy.md",
    hash: "b".repeat(64),
    job_id: second.job.job_id,
  });
  shareSources(journal, { job_id: second.job.job_id, file_id: copy }, NOW);
  expect(listMade(journal, [copy]).size).toBe(2);
  const later = { content: "c", paths: ["/in/copy.md"] };
  workJob(journal, later, say("Call Ann", "Call Cem"));
  expect(listEntityViews(journal, "task", ALL).items.map(({ title }) => title)).toEqual([
    "Call Cem",
    "Call Bob",
    "Call Ann",
  ]);
});

/** What 0.2 wrote where a model confirmed the entities of another file without a reason. */
function linkAsBefore(journal: Journal, ids: Record<EntityType, string>): string {
  const { file_ids, job } = workJob(journal, OTHER, (workspace) => {
    workspace.createTask({ title: "Own" }, null);
  });
  const [file_id = ""] = file_ids;
  for (const entity_type of ["task", "note", "project"] as const) {
    const entity_id = ids[entity_type];
    const { job_id, run_id } = job;
    const source = { entity_type, entity_id, file_id, job_id, run_id };
    saveSource(journal, { ...source, quote: "made up", verified: false }, NOW);
    journal.run(
      journal.build.insertInto("changes").values({
        actor: "inbox",
        run_id,
        job_id,
        position: null,
        op: "confirm",
        entity_type,
        entity_id,
        before: null,
        after: null,
        quote: null,
        verified: 0,
        state: "applied",
        created_at: NOW,
      }),
    );
  }
  return file_id;
}

test("a source of an older home that nothing proves stays, and gives no right", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const ids = makeForeign(journal);
  const file_id = linkAsBefore(journal, ids);
  expect(sourcesOf(journal, "note")).toBe(2);
  const earlier = listEarlier(journal, [file_id], 99).map(({ title }) => title);
  expect(earlier).toEqual(["Own"]);
  const { workspace } = beginJob(journal, { ...OTHER, content: "y", text: "Own" });
  expect(workspace.listNotes({}, 9)).toMatchObject([{ id: ids.note, of_this_file: false }]);
  expect(workspace.updateNote(ids.note, { body: "Mine" }, null).outcome).toBe("refused");
  expect(workspace.createNote({ title: "Salary of Ann" }, null).outcome).toBe("created");
  expect(workspace.createTask({ title: "Own" }, null).outcome).toBe("already_recorded");
});

test("a file that returns to an earlier text brings back nothing of what another file made", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const ids = makeForeign(journal);
  const file_id = linkAsBefore(journal, ids);
  const { job_id } = journal.get(
    journal.build.selectFrom("files").select("job_id").where("file_id", "=", file_id),
  ) ?? { job_id: null };
  workJob(journal, { content: "b" }, (workspace) => {
    workspace.createNote({ title: "Salary of Ann", body: "newer" }, null);
    workspace.createTask({ title: "Call the notary", description: "newer" }, null);
  });
  const before = listEntityViews(journal, "note", ALL);
  const returned = {
    job_id: job_id ?? "",
    file_id,
    agent_id: "inbox",
    run_id: null,
    on_drop: "mark" as const,
  };
  reapply(journal, returned, NOW);
  expect(listEntityViews(journal, "note", ALL)).toEqual(before);
  expect(before.items).toMatchObject([{ body: "newer" }]);
});

test("undoing a file takes back only what it changed of another file's entity", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const ids = makeForeign(journal);
  const { file_ids } = workJob(journal, { ...OTHER, text: "Notary called: call" }, (workspace) => {
    workspace.updateTask(ids.task, { status: "done" }, "Notary called: call");
  });
  undo(journal, { file_id: file_ids[0] ?? "", since: null }, NOW);
  const [task] = listEntityViews(journal, "task", ALL).items;
  expect(task).toMatchObject({ status: "open", sources: [{ file_id: ids.file_id }] });
});

test("a project that the user deleted is not made again by a file that named it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const ids = makeForeign(journal);
  const named = (workspace: JobWorkspace) =>
    workspace.createProject({ name: "Harbour house" }, "At Harbour house");
  const text = "At Harbour house";
  workJob(journal, { ...OTHER, text }, (workspace) => {
    expect(named(workspace).outcome).toBe("already_recorded");
  });
  deleteByUser(journal, "project", ids.project, NOW);
  expect(named(beginJob(journal, { ...OTHER, content: "y", text }).workspace).outcome).toBe(
    "refused",
  );
});

test("a project is shared with a document that has its name, without a quote", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  makeForeign(journal);
  workJob(journal, { ...OTHER, text: "Today at the Harbour house" }, (workspace) => {
    workspace.createProject({ name: "Harbour house" }, null);
  });
  expect(listEntityViews(journal, "project", ALL).items).toMatchObject([
    { description: "secret", sources: [{}, { quote: "Harbour house", verified: true }] },
  ]);
});

test("a thing that a file supports and then creates is another thing", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const ids = makeForeign(journal);
  const { workspace } = beginJob(journal, { ...OTHER, text: "Salary of Ann is settled." });
  expect(workspace.updateNote(ids.note, {}, "Salary of Ann").outcome).toBe("already_recorded");
  const own = workspace.createNote({ title: "Salary of Ann", body: "Mine" }, "Salary of Ann");
  expect(own.outcome).toBe("created");
  const fields = { title: "Salary of Ann", body: "Mine, too" };
  expect(workspace.createNote(fields, null)).toMatchObject({
    outcome: "updated",
    entity: { id: own.outcome === "refused" ? "" : own.entity.id },
  });
});

test("a copy of a template no longer changes what its original wrote since", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const write = (body: string) => (workspace: JobWorkspace) => {
    workspace.createNote({ title: "Meeting", body }, null);
  };
  const first = workJob(journal, { content: "a" }, write("(empty)"));
  const { job_id } = first.job;
  const copy = addFile(journal, { path: "/in/x.md", hash: "a".repeat(64), job_id });
  shareSources(journal, { job_id, file_id: copy }, NOW);
  workJob(journal, { content: "b" }, write("The secret budget"));
  const bodies = () => listEntityViews(journal, "note", ALL).items.map(({ body }) => body);
  const [note] = listEntityViews(journal, "note", ALL).items;

  const { workspace } = workJob(journal, OTHER, write("Mine"));
  const written = workspace.updateNote(note?.id ?? "", { body: "Mine" }, null);
  expect(written.outcome).toBe("refused");
  expect(bodies()).toEqual(["Mine", "The secret budget"]);
  reapply(
    journal,
    { job_id, file_id: copy, agent_id: "inbox", run_id: null, on_drop: "mark" },
    NOW,
  );
  expect(bodies()).toEqual(["Mine", "The secret budget"]);
  workJob(journal, { content: "c" }, write("The newest budget"));
  expect(bodies()).toEqual(["Mine", "The newest budget"]);
});

test("a file whose create was undone is its maker only while it says the thing", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const title = "Call the notary";
  const say = (workspace: JobWorkspace) => void workspace.createTask({ title }, title);
  const first = workJob(journal, { content: "a", text: title }, say);
  const second = workJob(journal, { content: "b", text: title }, say);
  const [task] = listEntityViews(journal, "task", ALL).items;
  const id = task?.id ?? "";
  workJob(journal, { ...OTHER, text: "Called the notary" }, (workspace) => {
    workspace.updateTask(id, { priority: "high" }, "Called the notary");
  });
  const [made, ofOther] = [first.file_ids, [task?.sources[1]?.file_id ?? ""]];
  undo(journal, { run_id: first.run_id }, NOW);
  expect(listMade(journal, made)).toEqual(new Set([id]));
  undo(journal, { run_id: second.run_id }, NOW);
  // Only the other file keeps it now.
  expect(listEntityViews(journal, "task", ALL).items).toMatchObject([{ id, priority: "high" }]);
  expect(listMade(journal, [...made, ...ofOther])).toEqual(new Set());
  const { workspace } = beginJob(journal, { content: "c", text: title });
  expect(workspace.updateTask(id, { title: "Mine" }, title).outcome).toBe("refused");
  expect(workspace.createTask({ title }, title).outcome).toBe("created");
});

test("a copy keeps the right to what its original made, though the create was undone", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const title = "Call the notary";
  const say = (workspace: JobWorkspace) => void workspace.createTask({ title }, title);
  const first = workJob(journal, { content: "a", text: title }, say);
  workJob(journal, { content: "b", text: title, paths: ["/in/a.md", "/in/x.md"] }, say);
  undo(journal, { run_id: first.run_id }, NOW);
  workJob(journal, { content: "c", paths: ["/in/x.md"], text: `${title} again` }, say);
  expect(listEntityViews(journal, "task", ALL).items).toMatchObject([{ title, sources: [{}, {}] }]);
});
