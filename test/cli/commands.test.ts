import { spawnSync } from "node:child_process";
import { beforeEach, describe, expect, test } from "vitest";
import { answerRequest, openRequest } from "../../daemon/journal/attempts.ts";
import type { TestFolder } from "../helper/folder.ts";
import type { OpenDoor } from "../helper/open-door.ts";
import { openServer } from "../helper/open-server.ts";
import { addFailedFile, addRun } from "../helper/past-work.ts";
import { addJob, claim, NOW } from "../helper/test-journal.ts";
import { daemonFile, type Ended, openHome, runInProcess } from "./run-in-process.ts";

let door: OpenDoor;
let home: TestFolder;

beforeEach(async () => {
  const opened = await openHome();
  ({ door, home } = opened);
  return opened.close;
});

const run = (...args: string[]): Promise<Ended> => runInProcess(home, args);

/** An agent whose model is on another machine, has no key, and asks above one file. */
const REMOTE = `model: { provider: openai, base_url: "https://models.invalid/v1", name: big }, confirm_above_files: 1`;

describe("status and agents", () => {
  test("status says plainly that the rules are not a language model", async () => {
    addFailedFile(door.journal, "/in/a.md");
    const { code, stdout } = await run("status");
    expect(code).toBe(0);
    expect(stdout).toContain("state  idle\nmodel  built-in rules (not a language model)\n");
    expect(stdout).toContain("queue  0 pending, 0 working, 1 failed");
  });

  test("a problem is shown with what to do about it", async () => {
    await using at = await openHome({ agents: { mail: REMOTE } });
    const [problem] = (await at.door.client.status()).problems;
    expect(problem).toMatchObject({ code: "key_missing", agent_id: "mail" });
    expect((await at.run("status")).stdout).toContain(
      `mail: ${problem?.message}\n  ${problem?.hint}\n`,
    );
  });

  test("--json prints what the API answers, and of the status how it stands with the tray", async () => {
    expect(JSON.parse((await run("status", "--json")).stdout)).toEqual({
      ...(await door.client.status()),
      tray: expect.objectContaining({ shown: false }),
    });
    expect(JSON.parse((await run("--json", "agents")).stdout)).toMatchObject({
      items: [{ id: "inbox" }, { id: "mail" }, { id: "notes" }],
    });
  });
});

test("api prints what the daemon answers, a problem too", async () => {
  const [, newest] = [addRun(door.journal), addRun(door.journal)];
  const { code, stdout } = await run("api", "get", "/api/runs?limit=1");
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    { items: [await door.client.run(newest)], next_cursor: expect.any(String) },
  ]);
  const sent = await run("api", "POST", "/api/tasks", '{"title": "\\u001b[31mA"}');
  expect([sent.code, sent.stdout]).toEqual([0, expect.stringContaining('"\\u001b[31mA"')]);
  const problem = await run("api", "GET", "/api/runs/none", "--json");
  expect([problem.code, JSON.parse(problem.stdout)]).toMatchObject([1, { code: "run_not_found" }]);
  const put = ["api", "PUT", "/api/config", '{"text": "version: 1"}'];
  expect((await run(...put)).code).toBe(1);
  const { etag } = await door.client.config();
  expect((await run(...put, "--if-match", etag)).code).toBe(0);
  expect(await run("api", "DELETE", "/api/notes/note_1")).toMatchObject({ code: 1 });
});

test.each([
  [["LOOK", "/api/status"], 'Expected one of GET, POST, PUT, PATCH, DELETE, got "LOOK".'],
  [["GET", "status"], 'Expected a path that begins with /, got "status".'],
  [["POST", "/api/pause", "{minutes"], "The body is not JSON."],
])("api %j is a usage error", async (args, message) => {
  expect(await run("api", ...args)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(message),
  });
  expect((await door.client.status()).state).toBe("idle");
});

test("usage shows what requests came to, and never takes an unknown price for zero", async () => {
  const { run_id, job_id } = addJob(door.journal);
  const { attempt_id } = claim(door.journal);
  const reply = { reply: "{}", cached_input_tokens: null, output_tokens: 30 };
  [0.1, 0.15, null].forEach((cost_usd, index) => {
    const ids = { job_id, attempt_id, run_id, agent_id: "inbox", iteration: index + 1 };
    const request = { ...ids, provider: "openai", model: "big" } as const;
    const reserved = { reserved_tokens: 0, reserved_usd: null };
    const seq = openRequest(door.journal, { ...request, ...reserved }, NOW);
    const answer = { ...reply, cost_usd, input_tokens: 400, cached_input_tokens: index * 100 };
    answerRequest(door.journal, seq, answer, NOW);
  });
  const { code, stdout } = await run("usage", "--by", "model", "--from", "2026-03-01");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^MODEL +REQUESTS +INPUT TOKENS +CACHED +OUTPUT TOKENS +COST\n/u);
  expect(stdout).toMatch(/\ntotal +3 +1200 +300 +90 +\$0\.25 spent, 1 request unknown\n$/u);
  expect(stdout).toMatch(/\nbig +3 /u);
  expect((await run("usage", "--from", "2026-11-22")).stdout).toContain("No requests");
  expect(JSON.parse((await run("usage", "--json")).stdout)).toMatchObject({
    items: [{ key: "2026-11-20", cost_usd: null }],
    total: { requests: 3, unpriced_requests: 1 },
  });
  expect(await run("usage", "--from", "today")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("expected a date as YYYY-MM-DD."),
  });
});

test("sent lists what left, adds it up, and says what an older version did not keep", async () => {
  expect((await run("sent")).stdout).toBe("No requests were sent to a model.\n");
  const { run_id, job_id } = addJob(door.journal);
  const { attempt_id } = claim(door.journal);
  const send = (iteration: number, provider: "openai" | "rules", sent: object): void => {
    const ids = { job_id, attempt_id, run_id, agent_id: "inbox", iteration };
    const request = { ...ids, provider, model: "big", reserved_tokens: 0, reserved_usd: null };
    openRequest(door.journal, { ...request, ...sent }, NOW);
  };
  const known = { host: "llm.example", loopback: 0, file_id: "file_1" };
  send(1, "openai", {});
  send(2, "openai", { ...known, bytes: 700, path: "/in/a/one.md" });
  send(3, "openai", { ...known, bytes: 300, path: "/in/b/two.md" });
  send(4, "rules", {});
  const { stdout } = await run("sent");
  expect(stdout).toMatch(/^SENT +HOST +FILE +MODEL +BYTES +TOKENS +OUTCOME\n/u);
  expect(stdout).toMatch(/llm\.example +\/in\/b\/two\.md +big +300 +sent\n/u);
  expect(stdout).toMatch(/not kept by an older version +big +sent\n$/u);
  const sums = async (by: string): Promise<unknown> =>
    (JSON.parse((await run("sent", "--by", by, "--json")).stdout) as { items: unknown }).items;
  const none = { input_tokens: 0, output_tokens: 0 };
  expect(await sums("host")).toEqual([
    { key: "llm.example", requests: 2, bytes: 1_000, ...none },
    { key: "not kept by an older version", requests: 1, bytes: 0, ...none },
  ]);
  expect(await sums("directory")).toMatchObject([
    { key: "/in/b", requests: 1, bytes: 300 },
    { key: "/in/a", requests: 1, bytes: 700 },
    { requests: 1, bytes: 0 },
  ]);
  expect(await sums("day")).toMatchObject([{ requests: 3, bytes: 1_000 }]);
});

test("search shows what is found with its text, narrowed by type", async () => {
  expect((await run("search", "nothing")).stdout).toBe("Nothing found.\n");
  await using at = await openHome({ files: { "inbox/roof.md": "A roof of slate.\n" } });
  const { client, daemon } = at.door;
  await daemon.run("inbox");
  const note = await client.createEntity("note", { title: "Roof", body: "It is made of slate." });
  await client.createEntity("note", { title: "Roof", body: "Nothing else." });
  const { items } = await client.search({ q: "roof slate" });
  const file = items.find(({ type }) => type === "file");
  const found = items.find(({ id }) => id === note.id);
  expect([file?.snippet, found?.snippet]).toEqual([
    expect.stringContaining("slate"),
    expect.stringContaining("slate"),
  ]);
  const { code, stdout } = await at.run("search", "roof", "slate");
  expect(code).toBe(0);
  expect(stdout).toContain(`Roof  note, active  ${note.id}\n  ${found?.snippet}\n`);
  expect(stdout).toContain(`${file?.title}  file  ${file?.path}\n  ${file?.snippet}\n`);
  const notes = (await at.run("search", "roof", "slate", "--type", "note")).stdout;
  expect(notes).toContain(note.id);
  expect(notes).not.toContain(file?.path);
  const json = await at.run("search", "roof", "slate", "--json");
  expect(JSON.parse(json.stdout).items).toEqual(items);
  expect((await run("search")).code).toBe(2);
});

describe("verify", () => {
  test("exits 0 when every file is accounted for", async () => {
    expect(await run("verify")).toMatchObject({ code: 0 });
  });

  test("exits 1 and names the files that are not", async () => {
    const lost = door.folder.write("inbox/lost.md", "# Lost\n");
    door.folder.write("inbox/.git/config", "");
    const { code, stdout } = await run("verify");
    expect(code).toBe(1);
    expect(stdout).toContain(`Not read: ${door.folder.file("inbox/.git")} (`);
    expect(stdout).toContain(`Not complete: 1 file missed.\n  ${lost}\n`);
  });

  test("names the directories that could not be looked into", async () => {
    const directory = {
      agent_id: "inbox",
      path: "/in",
      online: true,
      on_disk: 3,
      done: 3,
      pending: 0,
      failed: 0,
      skipped: 0,
      unaccounted: [],
    };
    const ignored = ["a", "b"].map((name) => ({ path: `/in/${name}`, reason: "unreadable" }));
    const directories = [
      { ...directory, ignored },
      { ...directory, ignored: [], online: false },
    ];
    // A directory that may not be read cannot be made where the tests run as root.
    const verify = async () => ({ complete: false, directories });
    await using server = await openServer({ control: { verify } });
    home.write("daemon.json", daemonFile(server));
    const { stdout } = await run("verify");
    expect(stdout).toContain("Not complete: 1 directory offline, 2 directories not readable.\n");
  });
});

describe("stop", () => {
  test("asks the daemon to end and waits until its process has", async () => {
    const ended = spawnSync(process.execPath, ["--version"]).pid;
    home.write("daemon.json", daemonFile({ ...door, pid: ended }));
    expect(door.daemon.isStopAsked).toBe(false);
    expect(await run("stop")).toMatchObject({ code: 0, stdout: "Stopped.\n" });
    expect(door.daemon.isStopAsked).toBe(true);
  });
});
