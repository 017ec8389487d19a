import { expect, test } from "vitest";
import type { JobWorkspace } from "../../daemon/commit/workspace.ts";
import { createByUser, deleteByUser, editByUser } from "../../daemon/commit/user-edit.ts";
import { listEntityViews } from "../../daemon/journal/entity-views.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import type { Task } from "../../daemon/protocol/entity.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";
import { beginJob, workJob } from "../helper/worked-job.ts";

function tasks(journal: Journal): Task[] {
  return listEntityViews(journal, "task", { limit: 100 }).items.toReversed();
}

function projects(journal: Journal): string[] {
  return listEntityViews(journal, "project", { limit: 100 }).items.map(({ name }) => name);
}

function say(...calls: { title: string; due_date?: string; description?: string }[]) {
  return (workspace: JobWorkspace): void => {
    for (const call of calls) workspace.createTask(call, null);
  };
}

test("what a changed file says again is updated, not doubled, case, width and spacing aside", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, say({ title: "Call Bob", description: "old" }));
  workJob(journal, { content: "b" }, say({ title: "call  BOB", description: "new" }));
  expect(tasks(journal)).toMatchObject([{ title: "call  BOB", description: "new" }]);
});

test("what another file says is another thing", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, say({ title: "Call Bob" }));
  workJob(journal, { content: "b", paths: ["/in/b.md"] }, say({ title: "Call Bob" }));
  expect(tasks(journal)).toHaveLength(2);
});

test("what is said twice in one document is one thing, and two due dates are two", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const first = { title: "Pay rent", due_date: "2026-12-01" };
  const second = { title: "Pay rent", due_date: "2027-01-01" };
  const { workspace } = workJob(journal, {}, say(first, second, first));
  expect(workspace.createTask(second, null).outcome).toBe("already_recorded");
  expect(tasks(journal).map((task) => task.due_date)).toEqual(["2026-12-01", "2027-01-01"]);
});

test.each([
  ["in the same order", ["2026-12-01", "2027-01-01"]],
  ["the other way round", ["2027-01-01", "2026-12-01"]],
])("two tasks of one title are told apart by their dates %s", async (_name, dates) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const both = (...due: string[]) => say(...due.map((due_date) => ({ title: "Pay", due_date })));
  workJob(journal, { content: "a" }, both("2026-12-01", "2027-01-01"));
  const before = tasks(journal);
  workJob(journal, { content: "b" }, both(...dates));
  const strip = (all: Task[]) => all.map(({ id, due_date }) => ({ id, due_date }));
  expect(strip(tasks(journal))).toEqual(strip(before));
});

test("two tasks of one title in two projects are two, whatever their order, and so is one deleted", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const [x = "", y = ""] = ["X", "Y"].map(
    (name) => createByUser(journal, "project", { name }, NOW).id,
  );
  const report =
    (...ids: (string | null)[]) =>
    (workspace: JobWorkspace): void => {
      for (const project_id of ids) workspace.createTask({ title: "Report", project_id }, null);
    };
  const placed = () => tasks(journal).map(({ id, project_id }) => ({ id, project_id }));
  workJob(journal, { content: "a" }, report(x, y, x, null));
  const before = placed();
  expect(before.map(({ project_id }) => project_id)).toEqual([x, y]);
  workJob(journal, { content: "b" }, report(y, x));
  expect(placed()).toEqual(before);
  deleteByUser(journal, "task", before[0]?.id ?? "", NOW);
  workJob(journal, { content: "c" }, report(x, y));
  expect(placed()).toEqual(before.slice(1));
});

test("a task that the file moves to another project is moved", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const [x = "", y = ""] = ["X", "Y"].map(
    (name) => createByUser(journal, "project", { name }, NOW).id,
  );
  for (const [content, project_id] of [
    ["a", null],
    ["b", x],
    ["c", y],
  ] as const) {
    workJob(journal, { content }, (workspace) => {
      workspace.createTask({ title: "Report", project_id }, null);
    });
    expect(tasks(journal)).toMatchObject([{ project_id }]);
  }
});

test("an undated task is not taken for its dated namesake", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const dated = { title: "Pay", due_date: "2026-12-01" };
  workJob(journal, { content: "a" }, (workspace) => {
    workspace.createTask(dated, null);
    workspace.createTask({ title: "Later" }, null);
    const { entity } = workspace.createTask({ title: "Later" }, null) as { entity: { id: string } };
    workspace.updateTask(entity.id, { title: "Pay" }, null);
  });
  workJob(journal, { content: "b" }, say({ title: "Pay" }, dated));
  expect(tasks(journal).map((task) => task.due_date)).toEqual(["2026-12-01", null]);
});

test("a field that the user edited stays, the others follow the file", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, say({ title: "Call Bob", due_date: "2026-12-01" }));
  const [before] = tasks(journal);
  editByUser(journal, "task", before?.id ?? "", { due_date: "2026-12-24" }, NOW);
  const changed = { title: "Call Bob", due_date: "2026-12-02", description: "from the file" };
  const { workspace } = workJob(journal, { content: "b" }, say(changed, changed));
  expect(tasks(journal)).toMatchObject([{ due_date: "2026-12-24", description: "from the file" }]);
  expect(workspace.createTask(changed, null)).toMatchObject({ kept: ["due_date"] });
});

test("a title that the user or the agent changed does not hide what the file says again", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, say({ title: "Call Bob" }, { title: "Buy milk" }));
  const [call, milk] = tasks(journal);
  editByUser(journal, "task", call?.id ?? "", { title: "Ring Robert" }, NOW);
  workJob(journal, { content: "b" }, (workspace) => {
    workspace.updateTask(milk?.id ?? "", { title: "Buy oat milk" }, null);
  });
  const again = say({ title: "Call Bob" }, { title: "Call Bob" }, { title: "Buy milk" });
  workJob(journal, { content: "c" }, again);
  expect(tasks(journal).map(({ title }) => title)).toEqual(["Ring Robert", "Buy milk"]);
});

test("what the user deleted is not made again by the same file, renamed or not", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, say({ title: "Call" }, { title: "Write" }));
  const [call, write] = tasks(journal);
  editByUser(journal, "task", write?.id ?? "", { title: "Type" }, NOW);
  deleteByUser(journal, "task", call?.id ?? "", NOW);
  deleteByUser(journal, "task", write?.id ?? "", NOW);
  const { workspace } = beginJob(journal, { content: "b" });
  expect(workspace.createTask({ title: "call" }, null).outcome).toBe("refused");
  expect(workspace.createTask({ title: "Write" }, null).outcome).toBe("refused");
  expect(workspace.changeSet()).toEqual({ changes: [], confirmed: [] });
});

test("of two namesakes, the one that the user deleted stays deleted and the other as it is", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const both = say(
    { title: "Pay", due_date: "2026-12-01" },
    { title: "Pay", due_date: "2027-01-01" },
  );
  workJob(journal, { content: "a" }, both);
  deleteByUser(journal, "task", tasks(journal)[0]?.id ?? "", NOW);
  workJob(journal, { content: "b" }, both);
  expect(tasks(journal)).toMatchObject([{ due_date: "2027-01-01" }]);
});

test.each([["alpha"], ["ＡＬＰＨＡ"], [" Al pha "]])(
  "the active project Alpha is used for %j, and not changed",
  async (name) => {
    using opened = await openTestJournal();
    const { journal } = opened;
    const { id } = createByUser(journal, "project", { name: "Alpha" }, NOW);
    const { workspace } = workJob(journal, { text: `In ${name} today` }, (staging) => {
      staging.createProject({ name, description: "from the file" }, name);
    });
    expect(workspace.createProject({ name }, null)).toMatchObject({
      outcome: "already_recorded",
      entity: { id },
    });
    const [project] = listEntityViews(journal, "project", { limit: 9 }).items;
    expect(project).toMatchObject({ name: "Alpha", description: "", sources: [{}] });
  },
);

test("a project that the user renamed, archived or deleted is not made again by its file", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const name = (workspace: JobWorkspace) => {
    for (const each of ["One", "Two", "Three"]) workspace.createProject({ name: each }, null);
  };
  workJob(journal, { content: "a" }, name);
  const ids = listEntityViews(journal, "project", { limit: 9 }).items.map(({ id }) => id);
  const [three = "", two = "", one = ""] = ids;
  editByUser(journal, "project", one, { name: "Uno" }, NOW);
  editByUser(journal, "project", two, { status: "archived" }, NOW);
  deleteByUser(journal, "project", three, NOW);
  workJob(journal, { content: "b" }, name);
  expect(projects(journal)).toEqual(["Two", "Uno"]);
});

test("a file makes no more changes than allowed, and the refusal says so", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { workspace } = beginJob(journal, { max_changes: 2 });
  say({ title: "1" }, { title: "2" }, { title: "3" })(workspace);
  expect(workspace.createProject({ name: "4" }, null)).toMatchObject({ outcome: "refused" });
  expect(workspace.createTask({ title: "1", description: "more" }, null).outcome).toBe("updated");
  expect(workspace.changeSet().changes).toHaveLength(2);
});

test("an update beyond the cap is refused, a confirmation is not", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, say({ title: "1" }, { title: "2" }));
  const { workspace } = beginJob(journal, { content: "b", max_changes: 1 });
  expect(workspace.createTask({ title: "1", description: "x" }, null).outcome).toBe("updated");
  expect(workspace.createTask({ title: "2", description: "x" }, null).outcome).toBe("refused");
  expect(workspace.createTask({ title: "2" }, null).outcome).toBe("already_recorded");
});

test.each([
  ["the very words", "Call Bob on Monday", true],
  ["other white space", "Call\n  Bob\u00a0on Monday", true],
  ["other words", "Call Ann on Monday", false],
  ["other case", "call bob on monday", false],
  ["white space alone", "  \n", false],
  ["nothing", "", false],
])("a quote of %s is verified or not", async (_name, quote, verified) => {
  using opened = await openTestJournal();
  const { workspace } = beginJob(opened.journal, { text: "- Call Bob\non  Monday, says Ann" });
  workspace.createTask({ title: "Call" }, quote);
  expect(workspace.changeSet().changes).toMatchObject([{ quote, verified }]);
});

test("only what this agent made is updated, and nothing that is not there", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { id } = createByUser(journal, "task", { title: "Mine" }, NOW);
  const { workspace } = beginJob(journal);
  expect(workspace.updateTask(id, { title: "Yours" }, null).outcome).toBe("refused");
  expect(workspace.updateTask("task_x", { title: "x" }, null).outcome).toBe("refused");
  expect(workspace.createTask({ title: "x", project_id: "project_x" }, null).outcome).toBe(
    "refused",
  );
  expect(workspace.changeSet().changes).toEqual([]);
});

test("what the file says again in other words, of the same passage, is updated", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const text = "- Ann: phone Bob about the budget, and book a room";
  const passage = text.slice(2);
  workJob(journal, { content: "a", text }, (workspace) => {
    workspace.createTask({ title: "Call Bob about the budget" }, passage);
    workspace.createTask({ title: "Book a room" }, passage);
  });
  const before = tasks(journal);
  workJob(journal, { content: "b", text }, (workspace) => {
    workspace.createTask({ title: "Reserve the meeting space" }, passage);
    workspace.createTask({ title: "Phone Bob on budget" }, `Ann:  ${passage.slice(5)}`);
  });
  expect(tasks(journal).map(({ id, title }) => ({ id, title }))).toEqual([
    { id: before[0]?.id, title: "Phone Bob on budget" },
    { id: before[1]?.id, title: "Book a room" },
    { id: expect.anything(), title: "Reserve the meeting space" },
  ]);
});

test("what the user deleted is not made again in other words either", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, (workspace) => {
    workspace.createTask({ title: "Call Bob about the budget" }, "call Bob");
  });
  deleteByUser(journal, "task", tasks(journal)[0]?.id ?? "", NOW);
  const { workspace } = beginJob(journal, { content: "b" });
  const again = workspace.createTask({ title: "Phone Bob about the budget" }, "call Bob");
  expect(again.outcome).toBe("refused");
});

test.each(["done", "cancelled"] as const)(
  "a task that is %s stays so when its file says it again, and is opened by its id only",
  async (status) => {
    using opened = await openTestJournal();
    const { journal } = opened;
    workJob(journal, { content: "a" }, (workspace) => {
      workspace.createTask({ title: "Pay", status }, null);
    });
    const [paid] = tasks(journal);
    workJob(journal, { content: "b" }, (workspace) => {
      workspace.createTask({ title: "Pay", status: "open", description: "in cash" }, null);
    });
    expect(tasks(journal)).toMatchObject([{ status, description: "in cash" }]);
    workJob(journal, { content: "c" }, (workspace) => {
      workspace.updateTask(paid?.id ?? "", { status: "open" }, null);
    });
    expect(tasks(journal)).toMatchObject([{ status: "open" }]);
  },
);

test("lists show what is stored with what is staged over it, each thing once", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, (workspace) => {
    workspace.createNote({ title: "Plan A", body: "old" }, null);
    workspace.createNote({ title: "Plan B" }, null);
    workspace.createProject({ name: "Plans" }, null);
  });
  workJob(journal, { content: "x", paths: ["/in/x.md"] }, (workspace) => {
    workspace.createNote({ title: "Plan X" }, null);
  });
  const { workspace } = beginJob(journal, { content: "b" });
  const [b, a] = workspace.listNotes({ text: "plan" }, 9).slice(1);
  workspace.createNote({ title: "plan b" }, null);
  workspace.updateNote(a?.id ?? "", { title: "Plan A2", status: "archived" }, null);
  workspace.createNote({ title: "Plan C" }, null);
  const shown = workspace.listNotes({ text: "PLAN" }, 9);
  expect(shown.map(({ fields, of_this_file }) => [fields.title, of_this_file])).toEqual([
    ["plan b", true],
    ["Plan A2", true],
    ["Plan C", true],
    ["Plan X", false],
  ]);
  expect(workspace.listNotes({ status: "archived" }, 9).map(({ id }) => id)).toEqual([a?.id]);
  expect(shown.some(({ id }) => id === b?.id)).toBe(true);
  const found = workspace.search("plan", 9).map(({ type }) => type);
  expect(found).toEqual(["project", "note", "note", "note", "note"]);
  expect(workspace.listNotes({}, 2)).toHaveLength(2);
});

test("a project is changed by its maker, but not to a name that another one has", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  createByUser(journal, "project", { name: "Taken" }, NOW);
  workJob(journal, { content: "a" }, (workspace) => {
    workspace.createProject({ name: "Mine" }, null);
  });
  const { workspace } = beginJob(journal, { content: "b" });
  const [mine] = workspace.listProjects({ text: "mine" }, 9);
  const id = mine?.id ?? "";
  expect(workspace.updateProject(id, { name: "TAKEN" }, null).outcome).toBe("refused");
  expect(workspace.updateProject(id, { name: "mine" }, null).outcome).toBe("updated");
  const [taken] = workspace.listProjects({ text: "taken" }, 9);
  expect(workspace.updateProject(taken?.id ?? "", { description: "x" }, null).outcome).toBe(
    "refused",
  );
});
