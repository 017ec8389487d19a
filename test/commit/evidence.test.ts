import { expect, test } from "vitest";
import { reapply } from "../../daemon/commit/reapply.ts";
import { retire } from "../../daemon/commit/retire.ts";
import { undo } from "../../daemon/commit/undo.ts";
import { listEntityViews } from "../../daemon/journal/entity-views.ts";
import { markGone } from "../../daemon/journal/files.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { editByUser } from "../../daemon/commit/user-edit.ts";
import type { TaskFields } from "../../daemon/protocol/entity.ts";
import { addFile, NOW, openTestJournal } from "../helper/test-journal.ts";
import { type JobAtWork, type WorkOptions, workJob } from "../helper/worked-job.ts";

const BOTH = "Pay rent\nCall Ann";

/** A job that says the lines of a text as tasks, or those that are given. */
function read(
  journal: Journal,
  content: string,
  text: string,
  { said = text.split("\n"), ...options }: WorkOptions & { said?: string[] } = {},
): JobAtWork {
  return workJob(journal, { content, text, ...options }, (workspace) => {
    for (const title of said) workspace.createTask({ title }, title);
  });
}

/** Whether each task is in its file, by title. */
function inFile(journal: Journal): Record<string, boolean> {
  const { items } = listEntityViews(journal, "task", { limit: 50 });
  for (const { in_file, sources } of items) {
    expect(in_file).toBe(sources.some(({ current }) => current));
  }
  return Object.fromEntries(items.map(({ title, in_file }) => [title, in_file]));
}

function revert(
  journal: Journal,
  { job, file_ids: [file_id = ""] }: JobAtWork,
  on_drop: "mark" | "retire" = "mark",
): void {
  addFile(journal, { path: "/in/a.md", hash: job.hash, job_id: job.job_id });
  const returned = { job_id: job.job_id, file_id, agent_id: "inbox", run_id: null, on_drop };
  reapply(journal, returned, NOW);
}

test.each<[what: string, then: WorkOptions & { text: string; said?: string[] }, is: boolean]>([
  ["that its new text lacks is no longer in its file", { text: "Call Ann" }, false],
  ["that is not said again is, if the text has it", { text: BOTH, said: ["Call Ann"] }, true],
  ["that moved to another line is", { text: "Call Ann\nthen\nPay  rent", said: [] }, true],
  ["that another extractor does not find is", { text: "Call Ann", extractor: "2" }, true],
  ["that a job does not reach before its end is", { text: "Call Ann", is_capped: true }, true],
  ["of another file is", { text: "Call Ann", paths: ["/in/b.md"] }, true],
])("a passage %s", async (_what, { text, ...then }, is) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  read(journal, "a", BOTH);
  read(journal, "b", text, then);
  expect(inFile(journal)["Pay rent"]).toBe(is);
  const dropped = listEntityViews(journal, "task", { limit: 50, in_file: false }).items;
  expect(dropped.map(({ title }) => title)).toEqual(is ? [] : ["Pay rent"]);
});

test.each([
  ["no passage", null],
  ["a passage that the text does not have", "Pay the landlord"],
])("what rests on %s stays in its file", async (_what, quote) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a", text: BOTH }, (workspace) => {
    workspace.createTask({ title: "Pay rent" }, quote);
  });
  read(journal, "b", "Call Ann");
  expect(inFile(journal)["Pay rent"]).toBe(true);
});

test("a source names the content in which its passage is, and is current when the line is back", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  read(journal, "a", BOTH);
  read(journal, "b", "Call Ann");
  const rent = () => {
    const { items } = listEntityViews(journal, "task", { limit: 50 });
    return items.find(({ title }) => title === "Pay rent")?.sources;
  };
  expect(rent()).toMatchObject([{ hash: "a".repeat(64), current: false, verified: true }]);
  read(journal, "c", BOTH);
  expect(rent()).toMatchObject([{ hash: "c".repeat(64), current: true, verified: true }]);
});

test("a file that goes back to an earlier text has what that says, and no more", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const first = read(journal, "a", BOTH);
  const second = read(journal, "b", "Call Ann\nBuy paint");
  revert(journal, first);
  expect(inFile(journal)).toEqual({ "Pay rent": true, "Call Ann": true, "Buy paint": false });
  revert(journal, second);
  expect(inFile(journal)).toEqual({ "Pay rent": false, "Call Ann": true, "Buy paint": true });
});

test("a version that says nothing drops all, and an undo of it brings all back", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  read(journal, "a", BOTH);
  const second = read(journal, "b", "Nothing.", { said: [] });
  expect(inFile(journal)).toEqual({ "Pay rent": false, "Call Ann": false });
  undo(journal, { run_id: second.run_id }, NOW);
  expect(inFile(journal)).toEqual({ "Pay rent": true, "Call Ann": true });
});

test("after an undo the versions in force decide", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  read(journal, "a", BOTH);
  const second = read(journal, "b", "Call Ann");
  const third = read(journal, "c", "Call Ann\nBuy paint");
  undo(journal, { run_id: second.run_id }, NOW);
  expect(inFile(journal)["Pay rent"]).toBe(false);
  undo(journal, { run_id: third.run_id }, NOW);
  expect(inFile(journal)).toEqual({ "Pay rent": true, "Call Ann": true });
});

test("a line that came back and whose run was undone is gone again", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  read(journal, "a", BOTH);
  read(journal, "b", "Call Ann");
  const third = read(journal, "c", BOTH);
  undo(journal, { run_id: third.run_id }, NOW);
  expect(inFile(journal)).toEqual({ "Pay rent": false, "Call Ann": true });
});

test("after an undo, a file that went back to an earlier text has what that says", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const zeroth = read(journal, "0", "Buy paint");
  const first = read(journal, "a", BOTH);
  const second = read(journal, "b", "Call Ann\nMow the lawn");
  revert(journal, first);
  const now = { "Pay rent": true, "Call Ann": true, "Mow the lawn": false };
  expect(inFile(journal)).toEqual({ "Buy paint": false, ...now });
  undo(journal, { run_id: zeroth.run_id }, NOW);
  expect(inFile(journal)).toEqual(now);
  revert(journal, second);
  undo(journal, { run_id: first.run_id }, NOW);
  expect(inFile(journal)).toEqual({ "Call Ann": true, "Mow the lawn": true });
});

test.each<[what: string, options: WorkOptions, quote: string | null]>([
  ["that another extractor found", { extractor: "2" }, "Pay rent"],
  ["that has no passage", {}, null],
  ["whose passage is not in the text", {}, "Pay the landlord"],
])("after an undo, a statement %s is not missed", async (_what, options, quote) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a", text: BOTH, ...options }, (workspace) => {
    workspace.createTask({ title: "Pay rent" }, quote);
  });
  const second = read(journal, "b", BOTH);
  read(journal, "c", "Call Ann");
  expect(inFile(journal)).toEqual({ "Pay rent": false, "Call Ann": true });
  undo(journal, { run_id: second.run_id }, NOW);
  expect(inFile(journal)).toEqual({ "Pay rent": true, "Call Ann": true });
});

test.each(["mark", "retire"] as const)(
  "an undo for one file takes back what a version missed in it that another file still has (%s)",
  async (on_drop) => {
    using opened = await openTestJournal();
    const { journal } = opened;
    const first = read(journal, "a", BOTH);
    const both = { paths: ["/in/a.md", "/in/b.md"], on_drop };
    const second = read(journal, "b", "Call Ann", both);
    expect(inFile(journal)).toEqual({ "Pay rent": false, "Call Ann": true });
    expect(statusOf(journal)).toBe(on_drop === "mark" ? "open" : "cancelled");
    const before = { finished_at: "2026-11-19T00:00:00.000Z" };
    const { job_id } = first.job;
    journal.run(journal.build.updateTable("jobs").set(before).where("job_id", "=", job_id));
    undo(journal, { file_id: second.file_ids[0] ?? "", since: NOW }, NOW);
    expect(inFile(journal)).toEqual({ "Pay rent": true, "Call Ann": true });
    expect(statusOf(journal)).toBe("open");
  },
);

/** The status of the task "Pay rent". */
function statusOf(journal: Journal): string | undefined {
  const { items } = listEntityViews(journal, "task", { limit: 50 });
  return items.find(({ title }) => title === "Pay rent")?.status;
}

function editRent(journal: Journal, fields: Partial<TaskFields>): void {
  const { items } = listEntityViews(journal, "task", { limit: 50 });
  editByUser(
    journal,
    "task",
    items.find(({ title }) => title === "Pay rent")?.id ?? "",
    fields,
    NOW,
  );
}

const retires = { on_drop: "retire" } as const;

test("with on_drop: retire, what leaves its file is closed, and opens when it is back", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  read(journal, "a", BOTH, retires);
  const second = read(journal, "b", "Call Ann", retires);
  expect(statusOf(journal)).toBe("cancelled");
  const third = read(journal, "c", BOTH, retires);
  expect(statusOf(journal)).toBe("open");
  undo(journal, { run_id: third.run_id }, NOW);
  expect(statusOf(journal)).toBe("cancelled");
  undo(journal, { run_id: second.run_id }, NOW);
  expect(statusOf(journal)).toBe("open");
});

test("with on_drop: retire, a file that goes back and forth closes and opens", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const first = read(journal, "a", BOTH, retires);
  const second = read(journal, "b", "Call Ann", retires);
  revert(journal, first, "retire");
  expect(statusOf(journal)).toBe("open");
  revert(journal, second, "retire");
  expect(statusOf(journal)).toBe("cancelled");
});

test("with on_drop: retire, what is back in its file opens, though no job says it again", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  read(journal, "a", BOTH, retires);
  const silent = read(journal, "b", `${BOTH}\nBuy paint`, { said: ["Buy paint"], ...retires });
  read(journal, "c", "Call Ann", retires);
  expect(statusOf(journal)).toBe("cancelled");
  read(journal, "d", `${BOTH}\nMow the lawn`, { said: ["Call Ann"], ...retires });
  expect(inFile(journal)).toMatchObject({ "Pay rent": true });
  expect(statusOf(journal)).toBe("open");
  const last = read(journal, "e", "Call Ann", retires);
  expect(statusOf(journal)).toBe("cancelled");
  revert(journal, silent, "retire");
  expect(inFile(journal)).toMatchObject({ "Pay rent": true });
  expect(statusOf(journal)).toBe("open");
  // What the user set stays.
  revert(journal, last, "retire");
  editRent(journal, { status: "done" });
  revert(journal, silent, "retire");
  expect(statusOf(journal)).toBe("done");
});

test("with on_drop: retire, an undo of a version opens what a return to it closed", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const first = read(journal, "a", BOTH, retires);
  const second = read(journal, "b", "Call Ann", retires);
  revert(journal, first, "retire");
  revert(journal, second, "retire");
  expect(statusOf(journal)).toBe("cancelled");
  undo(journal, { run_id: second.run_id }, NOW);
  expect(inFile(journal)["Pay rent"]).toBe(true);
  expect(statusOf(journal)).toBe("open");
});

test.each<[what: string, edit: Partial<TaskFields>, status: string]>([
  ["the user set its status", { status: "done" }, "done"],
  ["the user opened it again", { status: "open" }, "open"],
  ["the user changed something else since", { description: "Mine" }, "cancelled"],
])("retiring and opening change nothing after %s", async (_what, edit, status) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  read(journal, "a", BOTH, retires);
  if (status === "done") editRent(journal, edit);
  read(journal, "b", "Call Ann", retires);
  editRent(journal, edit);
  read(journal, "c", BOTH, retires);
  expect(statusOf(journal)).toBe(status);
});

test("what another file still has is not retired", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  read(journal, "a", BOTH, { ...retires, paths: ["/in/a.md", "/in/b.md"] });
  read(journal, "b", "Call Ann", retires);
  expect(statusOf(journal)).toBe("open");
  read(journal, "c", "Call Ann", { ...retires, paths: ["/in/b.md"] });
  expect(statusOf(journal)).toBe("cancelled");
});

/** A job whose model is shown that "Pay rent" has no passage, and says that it is gone. */
function sayGone(
  journal: Journal,
  content: string,
  options: WorkOptions & { says?: boolean; said?: string[] } = {},
): JobAtWork {
  const { says = true, said = [], ...rest } = options;
  const { items } = listEntityViews(journal, "task", { limit: 50 });
  const { id = "" } = items.find(({ title }) => title === "Pay rent") ?? {};
  const of = { content, text: "Call Ann", without_passage: [id], ...rest };
  return workJob(journal, of, (workspace) => {
    if (says) workspace.markGone(id);
    for (const title of said) workspace.createTask({ title }, null);
  });
}

/** A job that says "Pay rent" without a passage. */
function sayWithout(journal: Journal, options: WorkOptions = {}): JobAtWork {
  return workJob(journal, { content: "a", text: "The rent.", ...options }, (workspace) => {
    workspace.createTask({ title: "Pay rent" }, null);
  });
}

test.each<[what: string, then: Parameters<typeof sayGone>[2], is: boolean]>([
  ["that the model says is gone is no longer in its file", {}, false],
  ["of which the model says nothing is", { says: false }, true],
  ["that the model says is gone and there is", { said: ["Pay rent"] }, true],
  ["that a job says is gone which does not come to its end is", { is_capped: true }, true],
  ["that another extractor does not bring is", { extractor: "2" }, true],
  ["of another file is", { paths: ["/in/b.md"] }, true],
])("what has no passage and %s", async (_what, then, is) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  sayWithout(journal);
  sayGone(journal, "b", then);
  expect(inFile(journal)["Pay rent"]).toBe(is);
});

test("only what was listed as having no passage can be said to be gone", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  read(journal, "a", BOTH);
  const [rent] = listEntityViews(journal, "task", { limit: 50 }).items;
  workJob(journal, { content: "b", text: BOTH }, (workspace) => {
    expect(workspace.markGone(rent?.id ?? "")).toMatchObject({ outcome: "refused" });
    expect(workspace.markGone("task_unknown")).toMatchObject({ outcome: "refused" });
  });
  // Also if it got a passage since it was listed.
  workJob(journal, { content: "c", text: BOTH, without_passage: [rent?.id ?? ""] }, (workspace) => {
    workspace.markGone(rent?.id ?? "");
  });
  expect(inFile(journal)).toEqual({ "Pay rent": true, "Call Ann": true });
});

test("what the model said is gone comes and goes with undos and with the texts of the file", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const first = sayWithout(journal);
  const second = sayGone(journal, "b");
  revert(journal, first);
  expect(inFile(journal)["Pay rent"]).toBe(true);
  revert(journal, second);
  expect(inFile(journal)["Pay rent"]).toBe(false);
  const third = sayGone(journal, "c", { says: false });
  expect(inFile(journal)["Pay rent"]).toBe(false);
  undo(journal, { run_id: third.run_id }, NOW);
  expect(inFile(journal)["Pay rent"]).toBe(false);
  undo(journal, { run_id: second.run_id }, NOW);
  expect(inFile(journal)["Pay rent"]).toBe(true);
});

test("with on_drop: retire, what the model says is gone is closed", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  sayWithout(journal, retires);
  sayGone(journal, "b", retires);
  expect(statusOf(journal)).toBe("cancelled");
});

test.each([
  ["retire", "cancelled"],
  ["keep", "open"],
] as const)(
  "what a deleted file had too, and no file has now, is %sd with on_delete",
  async (on_delete, status) => {
    using opened = await openTestJournal();
    const { journal } = opened;
    const both = ["/in/a.md", "/in/b.md"];
    const { file_ids } = read(journal, "a", BOTH, { paths: both, ...retires, on_delete });
    const [gone = ""] = file_ids;
    markGone(journal, [gone]);
    if (on_delete === "retire")
      retire(journal, { file_id: gone, agent_id: "inbox", run_id: null }, NOW);
    expect(statusOf(journal)).toBe("open");
    read(journal, "b", "Call Ann", { paths: ["/in/b.md"], ...retires, on_delete });
    expect(statusOf(journal)).toBe(status);
  },
);

test("what a deleted file had alone is retired, though an earlier version of another file had it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { file_ids } = read(journal, "a", BOTH, { paths: ["/in/a.md", "/in/b.md"] });
  read(journal, "b", "Call Ann", { paths: ["/in/b.md"] });
  retire(journal, { file_id: file_ids[0] ?? "", agent_id: "inbox", run_id: null }, NOW);
  expect(statusOf(journal)).toBe("cancelled");
  const { items } = listEntityViews(journal, "task", { limit: 50, status: "open" });
  expect(items.map(({ title }) => title)).toEqual(["Call Ann"]);
});
