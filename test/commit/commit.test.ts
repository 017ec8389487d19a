import { expect, test } from "vitest";
import { commit } from "../../daemon/commit/commit.ts";
import { openReplyLog } from "../../daemon/journal/reply-log.ts";
import { createByUser, deleteByUser, editByUser } from "../../daemon/commit/user-edit.ts";
import { findFileHistory } from "../../daemon/journal/file-views.ts";
import { findFileRow } from "../../daemon/journal/files.ts";
import { findEntityView, listEntityViews } from "../../daemon/journal/entity-views.ts";
import { adoptJob, findJob } from "../../daemon/journal/jobs.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { recover } from "../../daemon/journal/recover.ts";
import { findRun } from "../../daemon/journal/run-views.ts";
import { finishRun, insertRun } from "../../daemon/journal/runs.ts";
import type { Change } from "../../daemon/protocol/change-set.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { claim, list, NOW, openTestJournal } from "../helper/test-journal.ts";
import { beginJob, commitJob, workJob, workspaceOf } from "../helper/worked-job.ts";

const LATER = "2026-11-20T10:00:30.000Z";
const ALL = { limit: 100 };

function dump(journal: Journal): unknown {
  const tables = ["runs", "jobs", "files", "attempts", "requests", "projects", "tasks"] as const;
  const more = ["notes", "sources", "changes", "events"] as const;
  return [...tables, ...more].map((name) =>
    journal.all(journal.build.selectFrom(name).selectAll() as never),
  );
}

function taskOf(journal: Journal) {
  const [task] = listEntityViews(journal, "task", ALL).items;
  if (task === undefined) throw new Error("There is no task.");
  return task;
}

test("entities, sources, states, counts, usage and events become true together", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const paths = ["/in/a.md", "/in/copy.md"];
  const { job, run_id, file_ids, workspace } = beginJob(journal, { paths, text: "Call Bob." });
  const log = openReplyLog(
    journal,
    job,
    { provider: "openai", name: "m" },
    fakeClock(NOW),
    () => {},
  );
  const reply = { usage: null, cost_usd: 0.5 };
  await log.open(1, { tokens: 9, usd: 1 }).answer(reply, new AbortController().signal);
  workspace.createTask({ title: "Call Bob" }, "Call Bob.");
  const change_set = workspace.changeSet();
  const tool_results = new Map([[1, ["ok"]]]);
  expect(
    commit(journal, { job, change_set, tool_results, changed_files: [], warnings: [] }, NOW),
  ).toBe(true);
  const task = taskOf(journal);
  expect(task.sources).toMatchObject(file_ids.map((file_id) => ({ file_id, verified: true })));
  expect(file_ids.map((id) => findFileRow(journal, id))).toMatchObject([
    { state: "done", processed_at: NOW },
    { state: "done", processed_at: NOW },
  ]);
  expect(findJob(journal, job.job_id)).toMatchObject({ state: "done", finished_at: NOW });
  expect(findRun(journal, run_id)).toMatchObject({
    files: { found: 1, processed: 1, pending: 0 },
    entities: { created: 1 },
    usage: { requests: 1, cost_usd: 0.5 },
  });
  const [attempt] = findFileHistory(journal, file_ids[0] ?? "")?.attempts ?? [];
  expect(attempt).toMatchObject({ outcome: "done", requests: [{ tool_results: ["ok"] }] });
  const events = journal.all(journal.build.selectFrom("events").select("event"));
  expect(events.map(({ event }) => JSON.parse(event).type)).toEqual([
    "entity.changed",
    "file.done",
    "file.done",
  ]);
});

test("a commit that fails midway leaves nothing behind", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job, workspace } = beginJob(journal);
  workspace.createTask({ title: "First" }, null);
  workspace.createTask({ title: "Second" }, null);
  const { changes, confirmed } = workspace.changeSet();
  const [first, second] = changes;
  const bad = { ...second, fields: { ...second?.fields, status: "no such status" } };
  const change_set = { changes: [first, bad] as Change[], confirmed };
  const request = { job, change_set, tool_results: new Map(), changed_files: [], warnings: [] };
  const before = dump(journal);
  expect(() => commit(journal, request, NOW)).toThrow(/CHECK/u);
  expect(dump(journal)).toEqual(before);
  expect(findJob(journal, job.job_id)).toMatchObject({ attempt_id: job.attempt_id });
});

test("an attempt that no longer has the job changes nothing", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const late = beginJob(journal);
  late.workspace.createTask({ title: "Call" }, null);
  recover(journal, NOW);
  const job = claim(journal);
  const before = dump(journal);
  expect(commitJob(journal, late)).toBe(false);
  expect(dump(journal)).toEqual(before);
  const workspace = workspaceOf(journal, job, late.file_ids);
  workspace.createTask({ title: "Call" }, null);
  expect(commitJob(journal, { ...late, job, workspace })).toBe(true);
  expect(commitJob(journal, { ...late, job, workspace })).toBe(false);
  expect(listEntityViews(journal, "task", ALL).items).toHaveLength(1);
});

test("a project that was made meanwhile is used, and the job's tasks are in it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const atWork = beginJob(journal, { text: "Alpha: call" });
  const written = atWork.workspace.createProject({ name: "Alpha" }, "Alpha: call");
  const project_id = written.outcome === "refused" ? "" : written.entity.id;
  atWork.workspace.createTask({ title: "Call", project_id }, null);
  const made = createByUser(journal, "project", { name: "alpha " }, NOW);
  expect(commitJob(journal, atWork)).toBe(true);
  expect(taskOf(journal).project_id).toBe(made.id);
  const projects = listEntityViews(journal, "project", ALL).items;
  expect(projects).toMatchObject([{ id: made.id, name: "alpha ", sources: [{}] }]);
});

test("a project that was deleted meanwhile is left out; the rest of the change is committed", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const gone = createByUser(journal, "project", { name: "Gone" }, NOW);
  const stays = createByUser(journal, "project", { name: "Stays" }, NOW);
  workJob(journal, { content: "a" }, (workspace) => {
    workspace.createTask({ title: "Call", project_id: stays.id }, null);
  });
  const atWork = beginJob(journal, { content: "b" });
  const fields = { title: "Call", project_id: gone.id, description: "new" };
  atWork.workspace.createTask(fields, null);
  atWork.workspace.createNote({ title: "Minutes", project_id: gone.id }, null);
  deleteByUser(journal, "project", gone.id, NOW);
  expect(commitJob(journal, atWork)).toBe(true);
  expect(taskOf(journal)).toMatchObject({ project_id: stays.id, description: "new" });
  expect(listEntityViews(journal, "note", ALL).items).toMatchObject([{ project_id: null }]);
});

test("what the user edits or deletes while the model thinks wins", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, (workspace) => {
    workspace.createTask({ title: "Call", description: "old" }, null);
    workspace.createTask({ title: "Write", description: "old" }, null);
  });
  const [write, call] = listEntityViews(journal, "task", ALL).items;
  const atWork = beginJob(journal, { content: "b" });
  for (const title of ["Call", "Write"]) {
    atWork.workspace.createTask({ title, description: "new", priority: "high" }, null);
  }
  editByUser(journal, "task", call?.id ?? "", { description: "mine" }, NOW);
  deleteByUser(journal, "task", write?.id ?? "", NOW);
  commitJob(journal, atWork);
  expect(listEntityViews(journal, "task", ALL).items).toMatchObject([
    { title: "Call", description: "mine", priority: "high" },
  ]);
  expect(findEntityView(journal, "task", write?.id ?? "")).toBeUndefined();
});

test("a file that changed while it was read is a source, and pending again", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const paths = ["/in/a.md", "/in/copy.md"];
  const { job, file_ids, workspace } = beginJob(journal, { paths });
  workspace.createTask({ title: "Call" }, null);
  const [file_id = "", copy = ""] = file_ids;
  const changed_files = [{ file_id, next_attempt_at: LATER }];
  const change_set = workspace.changeSet();
  commit(journal, { job, change_set, tool_results: new Map(), changed_files, warnings: [] }, NOW);
  expect(taskOf(journal).sources).toHaveLength(2);
  expect(findFileRow(journal, copy)?.state).toBe("done");
  expect(findFileRow(journal, file_id)).toMatchObject({
    state: "pending",
    reason: "changed",
    next_attempt_at: LATER,
    hash: null,
    job_id: null,
  });
});

test("a job that another run took in while it was worked on counts in that run", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const atWork = beginJob(journal);
  finishRun(journal, atWork.run_id, "cancelled", NOW);
  const run = { run_id: "run_2", agent_id: "inbox", trigger: "manual", force: false } as const;
  insertRun(journal, { ...run, paths: null }, NOW);
  adoptJob(journal, atWork.job.job_id, "run_2", 0);
  list(journal, "run_2");
  commitJob(journal, { ...atWork, run_id: "run_2" });
  const done = { found: 1, processed: 1, pending: 0 };
  expect(findRun(journal, "run_2")).toMatchObject({ status: "success", files: done });
  expect(findRun(journal, atWork.run_id)?.files).toMatchObject({ found: 1, pending: 1 });
});

test("a project is not renamed to a name that another one was given since", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, (workspace) => {
    workspace.createProject({ name: "Alpha" }, null);
  });
  const atWork = beginJob(journal, { content: "b" });
  const [alpha] = atWork.workspace.listProjects({}, 9);
  const renamed = { name: "Beta", description: "renamed" };
  expect(atWork.workspace.updateProject(alpha?.id ?? "", renamed, null).outcome).toBe("updated");
  createByUser(journal, "project", { name: "beta" }, NOW);
  expect(commitJob(journal, atWork)).toBe(true);
  expect(findEntityView(journal, "project", alpha?.id ?? "")).toMatchObject({
    name: "Alpha",
    description: "renamed",
  });
});
