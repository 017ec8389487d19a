import { sql } from "kysely";
import { expect, test } from "vitest";
import { listEntityViews } from "../../daemon/journal/entity-views.ts";
import { hasStaleResults } from "../../daemon/journal/files.ts";
import { finishRun, markListed } from "../../daemon/journal/runs.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";
import { LATER, openObservedFolder } from "./observed-folder.ts";

async function openFolder() {
  const opened = await openTestJournal();
  const folder = openObservedFolder(opened.journal);
  return { ...opened, folder, [Symbol.dispose]: () => opened[Symbol.dispose]() };
}

test("a new file waits for a job of this run", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  const run = folder.list({ observed: { a: "1" } });
  expect(run.files).toMatchObject({ found: 1, pending: 1 });
  const [job] = folder.jobs();
  expect(job).toMatchObject({ state: "pending", run_id: run.run_id, generation: 0 });
  expect(folder.row("a")).toMatchObject({ state: "pending", job_id: job?.job_id, reason: null });
});

test("a changed file leaves its old job, which is dropped if nobody wants it", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  folder.putOff(folder.list({ observed: { a: "1", b: "2", copy: "2" } }).run_id);
  folder.list({ observed: { a: "3", b: "3" } });
  expect(folder.jobs().map(({ hash, state }) => [hash[0], state])).toEqual([
    ["1", "superseded"],
    ["2", "pending"],
    ["3", "pending"],
  ]);
});

test("a file that is deleted leaves its job, though a file that is skipped now had the same content", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  folder.putOff(folder.list({ observed: { a: "1", b: "1" } }).run_id);
  folder.list({ skipped: ["a"], gone: ["b"] });
  expect(folder.jobs()).toMatchObject([{ state: "superseded" }]);
});

test("a content that is back before it was done waits for the job that has its replies", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  folder.putOff(folder.list({ observed: { a: "1" } }).run_id);
  const [first] = folder.jobs();
  folder.putOff(folder.list({ observed: { a: "2" } }).run_id);
  const { run_id } = folder.list({ observed: { a: "1" } });
  expect(folder.jobs()).toMatchObject([
    { job_id: first?.job_id, run_id, state: "pending" },
    { hash: "2".repeat(64), state: "superseded" },
  ]);
  expect(folder.work(run_id)).toMatchObject({ status: "success", files: { processed: 1 } });
});

test("files of one content in one listing share a job and count once as work", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  const { run_id, files } = folder.list({ observed: { a: "1", b: "1", c: "1" } });
  expect(files).toMatchObject({ found: 3, pending: 1, unchanged: 2 });
  expect(folder.jobs()).toHaveLength(1);
  const done = folder.work(run_id);
  expect(done).toMatchObject({ status: "success", files: { found: 3, processed: 1, pending: 0 } });
  expect(folder.files().map(({ state }) => state)).toEqual(["done", "done", "done"]);
});

test("a copy of a done file costs no job and becomes a source of its entities", async () => {
  using opened = await openFolder();
  const { folder, journal } = opened;
  workJob(journal, { content: "1" }, (workspace) => {
    workspace.createTask({ title: "Call" }, null);
  });
  const { files } = folder.list({ observed: { copy: "1" } });
  expect(files).toMatchObject({ found: 1, unchanged: 1, pending: 0 });
  expect(folder.row("copy")).toMatchObject({ state: "done", processed_at: NOW });
  const [task] = listEntityViews(journal, "task", { limit: 9 }).items;
  expect(task?.sources.map(({ path }) => path)).toEqual(["/in/a.md", "/in/copy"]);
});

test("a moved file that looks like a copy of another one keeps what it said itself, and nothing more", async () => {
  using opened = await openFolder();
  const { folder, journal } = opened;
  const shared = workJob(journal, { content: "1" }, (workspace) => {
    workspace.createTask({ title: "Call" }, null);
  });
  const own = workJob(journal, { content: "2", paths: ["/in/plan"] }, (workspace) => {
    workspace.createTask({ title: "Call" }, null);
  });
  // It got the content of the other file, which says the same of its own task.
  const [plan] = own.file_ids;
  const { job_id, hash } = shared.job;
  journal.run(sql`UPDATE files SET job_id = ${job_id}, hash = ${hash} WHERE file_id = ${plan}`);
  folder.list({ observed: { moved: "1" }, gone: ["plan"] });
  expect(folder.row("moved")).toMatchObject({ file_id: plan, state: "done" });
  const tasks = listEntityViews(journal, "task", { limit: 9 }).items;
  const ofMoved = tasks.filter(({ sources }) => sources.some(({ path }) => path === "/in/moved"));
  expect(ofMoved).toHaveLength(1);
});

test("a file that is as it was before costs no job", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  folder.work(folder.list({ observed: { a: "1" } }).run_id);
  folder.work(folder.list({ observed: { a: "2" } }).run_id);
  const { files } = folder.list({ observed: { a: "1" } });
  expect(files).toMatchObject({ found: 1, unchanged: 1 });
  expect(folder.row("a")).toMatchObject({ state: "done", job_id: folder.jobs()[0]?.job_id });
  expect(folder.jobs()).toHaveLength(2);
});

test.each([
  ["new_only", 1, { unchanged: 1, pending: 0 }],
  ["all", 2, { unchanged: 0, pending: 1 }],
] as const)(
  "under a new recipe, done work is left or done again: %s",
  async (which, jobs, files) => {
    using opened = await openFolder();
    const { folder } = opened;
    folder.work(folder.list({ observed: { a: "1" } }).run_id);
    const run = folder.list({ observed: { a: "1" } }, { recipe: "r2", on_recipe_change: which });
    expect(run.files).toMatchObject({ found: 1, ...files });
    expect(folder.jobs()).toHaveLength(jobs);
  },
);

test("a failed file stays failed until its recipe changes", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  folder.work(folder.list({ observed: { a: "1" } }).run_id, "failed");
  folder.finish(folder.list({ observed: { a: "1" } }).run_id);
  expect(folder.row("a")).toMatchObject({ state: "failed" });
  expect(folder.row("a")?.error).toContain("internal");
  const { files } = folder.list({ observed: { a: "1" } }, { recipe: "r2" });
  expect(files).toMatchObject({ found: 1, pending: 1 });
  expect(folder.row("a")).toMatchObject({ state: "pending", error: null });
});

test("what was put off waits until it is due, or asked for by hand", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  folder.putOff(folder.list({ observed: { a: "1" } }).run_id);
  const waiting = folder.list({ observed: { a: "1", copy: "1" } });
  expect(waiting.files).toMatchObject({ found: 2, pending: 2 });
  expect(folder.finish(waiting.run_id).status).toBe("error");
  expect(folder.row("copy")).toMatchObject({ reason: "key_missing", next_attempt_at: LATER });
  const taken = folder.list({ observed: { a: "1", copy: "1" } }, { takes_put_off: true });
  expect(taken.files).toMatchObject({ found: 2, pending: 1, unchanged: 1 });
  expect(folder.row("a")).toMatchObject({ reason: null, next_attempt_at: null });
  expect(folder.work(taken.run_id)).toMatchObject({ status: "success", files: { processed: 1 } });
  expect(folder.jobs()).toMatchObject([{ state: "done", run_id: taken.run_id }]);
});

test("force makes new work once in a run, even when the listing is repeated", async () => {
  using opened = await openFolder();
  const { folder, journal } = opened;
  folder.work(folder.list({ observed: { a: "1", b: "1" } }).run_id);
  const run_id = folder.begin();
  folder.observe(run_id, [{ observed: { a: "1" } }], { force: true });
  const counts = folder.observe(run_id, [{ observed: { a: "1", b: "1" } }], { force: true });
  markListed(journal, run_id, counts, NOW);
  expect(folder.jobs().map(({ generation, state }) => [generation, state])).toEqual([
    [0, "done"],
    [1, "pending"],
  ]);
  expect(folder.work(run_id).files).toMatchObject({ found: 2, processed: 1, unchanged: 1 });
});

test("force takes up what is still to do instead of doing it twice", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  folder.putOff(folder.list({ observed: { a: "1", b: "1" } }).run_id);
  folder.work(folder.list({ observed: { a: "1" } }, { force: true }).run_id);
  expect(folder.jobs()).toMatchObject([{ state: "done" }]);
  expect(folder.row("b")?.state).toBe("done");
});

test("a skipped file keeps what is known of its content, and costs no job when it is back", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  folder.work(folder.list({ observed: { a: "1" } }).run_id);
  const { run_id, files } = folder.list({ skipped: ["a", "new"] });
  expect(files).toMatchObject({ found: 2, skipped: 2 });
  expect(folder.row("a")).toMatchObject({ state: "skipped", reason: "excluded", size: 10 });
  expect(folder.row("a")?.hash).toBe("1".repeat(64));
  expect(folder.row("new")).toMatchObject({ state: "skipped", hash: null });
  folder.finish(run_id);
  folder.list({ observed: { a: "1" } });
  expect(folder.row("a")).toMatchObject({ state: "done", reason: null, processed_at: NOW });
  expect(folder.jobs()).toHaveLength(1);
});

test("only a result that its job came to is stale under a new recipe, not a file left out by a setting", async () => {
  using opened = await openFolder();
  const { folder, journal } = opened;
  const inbox = { id: "inbox", on_recipe_change: "new_only" as const };
  folder.work(folder.list({ observed: { a: "1" } }).run_id);
  folder.finish(folder.list({ skipped: ["a"] }).run_id);
  expect(hasStaleResults(journal, inbox, { recipe: "r2", base_recipe: "r2" })).toBe(false);
  folder.work(folder.list({ observed: { b: "2" } }).run_id, "skipped");
  expect(hasStaleResults(journal, inbox, { recipe: "r2", base_recipe: "r2" })).toBe(true);
  expect(hasStaleResults(journal, inbox, { recipe: "r1", base_recipe: "r1" })).toBe(false);
});

test("a file that waits and is left out now is not worked on, and is worked on when it is back", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  folder.putOff(folder.list({ observed: { a: "1" } }).run_id);
  folder.finish(folder.list({ skipped: ["a"] }).run_id);
  expect(folder.jobs()).toMatchObject([{ state: "superseded" }]);
  folder.work(folder.list({ observed: { a: "1" } }).run_id);
  expect(folder.row("a")?.state).toBe("done");
});

test("a file that is gone is no longer waited for, and costs no job when it comes back", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  const { run_id } = folder.list({ observed: { a: "1", b: "2" } });
  folder.putOff(run_id);
  folder.finish(folder.list({ gone: ["a"] }).run_id);
  expect(folder.row("a")).toMatchObject({ state: "gone", next_attempt_at: null });
  expect(folder.jobs().map(({ state }) => state)).toEqual(["superseded", "pending"]);
  folder.work(folder.list({ observed: { b: "2" } }, { takes_put_off: true }).run_id);
  folder.finish(folder.list({ gone: ["b"] }).run_id);
  expect(folder.list({ observed: { b: "2" } }).files).toMatchObject({ found: 1, unchanged: 1 });
  expect(folder.row("b")?.state).toBe("done");
});

test("a file that is missed in one look and turns up elsewhere in the next is the same file, moved", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  folder.work(folder.list({ observed: { a: "1" } }).run_id);
  const id = folder.row("a")?.file_id;
  folder.finish(folder.list({ gone: ["a"] }).run_id);
  const returned: string[] = [];
  const { files } = folder.list(
    { observed: { moved: "1" } },
    { onReverted: (file) => void returned.push(file) },
  );
  expect(files).toMatchObject({ found: 1, unchanged: 1 });
  expect(folder.files()).toMatchObject([{ file_id: id, path: "/in/moved", state: "done" }]);
  expect(returned).toEqual([id]);
});

test("a copy of a file that is there is no other one that was deleted", async () => {
  using opened = await openFolder();
  const { folder, journal } = opened;
  folder.work(folder.list({ observed: { a: "1", b: "1" } }).run_id);
  journal.run(sql`UPDATE files SET inode = 2 WHERE path = '/in/a'`);
  folder.finish(folder.list({ gone: ["a"] }).run_id);
  folder.finish(folder.list({ observed: { copy: "1" } }).run_id);
  expect(folder.files().map(({ path, state }) => [path, state])).toEqual([
    ["/in/a", "gone"],
    ["/in/b", "done"],
    ["/in/copy", "done"],
  ]);
});

test("a file that is still written to waits, and is known to have been done before", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  folder.work(folder.list({ observed: { a: "1" } }).run_id);
  const { files } = folder.list({ unsettled: ["a"] });
  expect(files).toMatchObject({ found: 1, pending: 1 });
  expect(folder.row("a")).toMatchObject({
    state: "pending",
    reason: "changing",
    next_attempt_at: LATER,
    hash: null,
    processed_at: NOW,
  });
});

test("a file that the system refuses is failed without a job", async () => {
  using opened = await openFolder();
  const { folder } = opened;
  const { run_id, files } = folder.list({ unreadable: ["a"] });
  expect(files).toMatchObject({ found: 1, failed: 1 });
  expect(folder.row("a")).toMatchObject({ state: "failed", hash: null });
  expect(folder.finish(run_id).status).toBe("error");
});

test("what a cancelled run left is taken up by the next", async () => {
  using opened = await openFolder();
  const { folder, journal } = opened;
  const { run_id } = folder.list({ observed: { a: "1" } });
  finishRun(journal, run_id, "cancelled", NOW);
  const next = folder.list({ observed: { a: "1" } });
  expect(next.files).toMatchObject({ found: 1, pending: 1 });
  expect(folder.work(next.run_id).status).toBe("success");
  expect(folder.jobs()).toHaveLength(1);
});
