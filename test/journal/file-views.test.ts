import { expect, test } from "vitest";
import { deleteByUser } from "../../daemon/commit/user-edit.ts";
import { openReplyLog } from "../../daemon/journal/reply-log.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { fixFrame } from "../../daemon/journal/attempts.ts";
import { toCursor } from "../../daemon/journal/cursor.ts";
import { findFile, findFileHistory, listFiles } from "../../daemon/journal/file-views.ts";
import { saveFile } from "../../daemon/journal/files.ts";
import { endJob } from "../../daemon/journal/jobs.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { modelRequest } from "../helper/model-request.ts";
import { addFile, addJob, claim, NOW, openTestJournal } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";

test("files come by path, page by page, and a page stays right while files are added", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id } = addJob(journal, { paths: ["/in/c", "/in/a", "/in/b", "/in/e"] });
  const first = listFiles(journal, { limit: 2 });
  expect(first.items.map(({ path }) => path)).toEqual(["/in/a", "/in/b"]);
  for (const path of ["/in/0", "/in/aa", "/in/d"]) addFile(journal, { path, hash: "f", job_id });
  const cursor = first.next_cursor ?? "";
  const second = listFiles(journal, { limit: 9, cursor });
  expect(second.items.map(({ path }) => path)).toEqual(["/in/c", "/in/d", "/in/e"]);
  expect(second.next_cursor).toBeNull();
});

test("the same path under two agents is on one page each, and neither is left out", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id } = addJob(journal, { paths: ["/in/a"] });
  journal.run(journal.build.insertInto("agents").values({ ...AGENT, agent_id: "other" }));
  saveFile(journal, { ...FILE, agent_id: "other", path: "/in/a", job_id });
  const first = listFiles(journal, { limit: 1 });
  const second = listFiles(journal, { limit: 1, cursor: first.next_cursor ?? "" });
  expect([...first.items, ...second.items].map((file) => file.agent_id)).toEqual([
    "inbox",
    "other",
  ]);
  expect(second.next_cursor).toBeNull();
  expect(listFiles(journal, { limit: 9, agent_id: "other" }).items).toHaveLength(1);
});

const AGENT = {
  config: "{}",
  base_recipe: "r1",
  ad_hoc: 0 as const,
  created_at: NOW,
  updated_at: NOW,
};
const FILE = {
  parent: "/in",
  root: "/in",
  stats: null,
  hash: null,
  read_at_ms: null,
  state: "pending" as const,
  reason: null,
  next_attempt_at: null,
  processed_at: null,
  error: null,
};

test.each(["", "nonsense", toCursor(7), "eyJhIjoxfQ", Buffer.from("[1,2]").toString("base64url")])(
  "%j is not a cursor of a page, and is refused",
  async (cursor) => {
    using opened = await openTestJournal();
    const list = () => listFiles(opened.journal, { limit: 1, cursor });
    expect(list).toThrow(RunnerError);
    expect(list).toThrow(/^Expected cursor to be next_cursor of an earlier page, got ".*"\.$/u);
  },
);

test("a path is one file, or a directory for all below it and nothing beside it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  addJob(journal, {
    paths: ["/in/a", "/in/a b/x", "/in/a/x", "/in/a/y/z", "/in/a.md", "/in/a0", "/in/A/x"],
  });
  const below = (path: string) => listFiles(journal, { limit: 9, path }).items.map((f) => f.path);
  expect(below("/in/a")).toEqual(["/in/a", "/in/a/x", "/in/a/y/z"]);
  expect(below("/in/a/")).toEqual(["/in/a/x", "/in/a/y/z"]);
  expect(below("/in/a.md")).toEqual(["/in/a.md"]);
  expect(below("/in/%")).toEqual([]);
});

test("files are found by state, with the entities that rest on them and are alive", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { file_ids } = workJob(journal, {}, (workspace) => {
    workspace.createProject({ name: "Alpha" }, null);
    workspace.createTask({ title: "Call" }, null);
    workspace.createTask({ title: "Write" }, null);
  });
  addJob(journal, { hash: "b".repeat(64), paths: ["/in/b.md"] });
  const [done] = listFiles(journal, { limit: 9, state: "done" }).items;
  expect(done).toMatchObject({ file_id: file_ids[0], recipe: "r1", attempts: 1, error: null });
  const titles = done?.entities.map(({ type, title }) => `${type} ${title}`).toSorted();
  expect(titles).toEqual(["project Alpha", "task Call", "task Write"]);
  const call = done?.entities.find(({ title }) => title === "Call");
  deleteByUser(journal, "task", call?.id ?? "", NOW);
  expect(findFile(journal, file_ids[0] ?? "")?.entities).toHaveLength(2);
  expect(listFiles(journal, { limit: 9, state: "failed", agent_id: "inbox" }).items).toEqual([]);
});

test("a size or change time that cannot be is unknown, and does not break the list", async () => {
  using opened = await openTestJournal();
  const stats = { size: -1, mtime_ms: 1e18, ctime_ms: 1, inode: 1 };
  saveFile(opened.journal, { ...FILE, agent_id: "inbox", path: "/in/a", job_id: null, stats });
  const [file] = listFiles(opened.journal, { limit: 1 }).items;
  expect(file).toMatchObject({ size: null, mtime: null });
});

test("a file's history has the text its job was given and every attempt with its conversation", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { file_ids } = addJob(journal);
  const [fileId = ""] = file_ids;
  expect(findFileHistory(journal, fileId)).toEqual({ text: null, attempts: [] });
  const job = claim(journal);
  const { frame, document } = modelRequest();
  fixFrame(
    journal,
    job,
    { frame, document: { ...document, text: "Hello" }, extractor: "1", recipe: "r1" },
    NOW,
  );
  const log = openReplyLog(
    journal,
    job,
    { provider: "openai", name: "m" },
    fakeClock(NOW),
    () => {},
  );
  const reply = { usage: null, cost_usd: null };
  await log.open(1, { tokens: 9, usd: null }).answer(reply, new AbortController().signal);
  endJob(journal, job, { state: "done" }, NOW);
  expect(findFileHistory(journal, fileId)).toMatchObject({
    text: "Hello",
    attempts: [{ number: 1, requests: [{ iteration: 1, state: "answered", model: "m" }] }],
  });
  expect(findFileHistory(journal, "file_none")).toBeUndefined();
});
