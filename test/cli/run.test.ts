import { symlinkSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import type { TestFolder } from "../helper/folder.ts";
import type { OpenDoor } from "../helper/open-door.ts";
import { addRun, endPastRun } from "../helper/past-work.ts";
import { waitFor } from "../helper/program.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";
import { captureOutput } from "./captured-output.ts";
import { type Ended, openHome, runInProcess, startInProcess } from "./run-in-process.ts";

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

/** A model that takes requests and never answers. */
async function openSlowHome() {
  const opened = new AsyncDisposableStack();
  const asked = Promise.withResolvers<void>();
  const server = opened.use(
    await startScriptedServer(() => {
      asked.resolve();
      return () => new Promise(() => {});
    }),
  );
  const at = opened.use(
    await openHome({
      yaml: `model: { provider: openai, base_url: "${server.url}", name: slow, api_key: null }`,
      files: { "inbox/a.md": "# A\n" },
    }),
  );
  return {
    ...at,
    asked: asked.promise,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

test("starts a run of an agent and gives its id", async () => {
  await using at = await openHome({ files: { "inbox/a.md": "# A\n" } });
  const start = async (...more: string[]) => {
    const { code, stdout } = await at.run("run", "inbox", "--json", ...more);
    const { run_id, ...rest } = JSON.parse(stdout);
    expect([code, rest]).toEqual([0, {}]);
    return at.door.daemon.ended(run_id);
  };
  expect(await start()).toMatchObject({ agent_id: "inbox", files: { processed: 1 } });
  expect(await start()).toMatchObject({ dry_run: false, files: { unchanged: 1, processed: 0 } });
  expect(await start("--force")).toMatchObject({ dry_run: false, files: { processed: 1 } });
});

test.each([
  ["success", 0, { "inbox/a.md": "# A\n" }],
  ["partial", 3, { "inbox/a.md": "# A\n", "inbox/broken.pdf": "%PDF-1.7 cut" }],
  ["error", 3, { "inbox/broken.pdf": "%PDF-1.7 cut" }],
] as const)("--wait for a run that ends %s exits %i", async (status, expected, files) => {
  await using at = await openHome({ files });
  const { code, stdout } = await at.run("run", "inbox", "--wait");
  expect(code).toBe(expected);
  expect(stdout).toMatch(new RegExp(`^run +run_\\w+ ${status}\n`, "u"));
});

test("--wait for a run that is cancelled exits 130", async () => {
  await using at = await openSlowHome();
  const waiting = at.run("run", "inbox", "--wait");
  await at.asked;
  const [running] = (await at.door.client.runs()).items;
  await at.door.client.cancelRun(running!.run_id);
  const { code, stdout } = await waiting;
  expect([code, stdout]).toEqual([130, expect.stringContaining(`${running!.run_id} cancelled`)]);
});

test("Ctrl-C while waiting says that the run goes on, and exits 130", async () => {
  await using at = await openSlowHome();
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const waiting = runInProcess(at.home, ["run", "inbox", "--wait"], { signal });
  await at.asked;
  interrupt.abort();
  const { code, stdout, stderr } = await waiting;
  const [running] = (await at.door.client.runs()).items;
  expect([code, stdout, running?.status]).toEqual([130, "", "running"]);
  expect(stderr).toContain(`Interrupted. ${running?.run_id} continues;`);
});

test("an agent that is busy is named with its run and what to do, and exits 1", async () => {
  const run_id = addRun(door.journal, { status: "running" });
  const { code, stdout } = await run("run", "inbox", "--json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: "run_in_progress", run_id, hint: expect.stringContaining("--wait") },
  });
});

test.each([
  ["success", 0, 1, "new", 0],
  ["success", 0, 0, "before", 0],
  ["partial", 1, 1, "new", 3],
  ["partial", 1, 0, "before", 3],
  ["cancelled", 0, 0, "new", 0],
] as const)(
  "--wait after a run that ended %s with %i failed, and read %i more, shows the one %s and exits %i",
  async (status, failed, processed, shown, expected) => {
    await using at = await openHome(processed === 1 ? { files: { "inbox/a.md": "# A\n" } } : {});
    const { journal, client } = at.door;
    const before = addRun(journal, { status: "running" });
    const { output, stdout, stderr } = captureOutput({ json: true });
    const { signal } = new AbortController();
    const waiting = startInProcess(at.home, ["run", "inbox", "--wait", "--json"], output, signal);
    const underWay = `${before} is in progress: waiting for it first.\n`;
    await waitFor("the run is followed", () => stderr().includes(underWay));
    const counts = { failed, unchanged: 1 - failed };
    endPastRun(journal, { run_id: before, agent_id: "inbox" }, status, counts);
    const code = await waiting;
    const [newest] = (await client.runs()).items;
    expect(newest?.files.processed).toBe(processed);
    const ids = { new: newest?.run_id, before };
    expect([code, JSON.parse(stdout()).run_id]).toEqual([expected, ids[shown]]);
    expect(stderr()).toContain(`${before} ended: ${status}, `);
  },
);

test("--wait does not wait for a run that waits for consent, and says what it would cost", async () => {
  const files = { "inbox/a.md": "# A\n", "inbox/b.md": "# B\n" };
  await using at = await openHome({ agents: { inbox: REMOTE }, files });
  const { client } = at.door;
  const { run_id } = await client.trigger("inbox");
  await waitFor("it waits", async () => (await client.run(run_id)).awaits_confirmation);
  const { code, stderr } = await at.run("run", "inbox", "--wait");
  expect([code, stderr]).toEqual([3, expect.stringContaining("Add --yes to consent.")]);
  expect((await client.runs()).items).toMatchObject([{ run_id, awaits_confirmation: true }]);
});

test("an agent that is not known exits 2 with a hint", async () => {
  const { code, stderr } = await run("run", "nobody");
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/^error: There is no agent "nobody"\.\n {2}.*inbox, mail, notes\.\n$/u),
  ]);
});

test("a directory makes an agent for itself, by its real path", async () => {
  home.write("docs/a.md", "# A\n");
  symlinkSync(home.file("docs"), home.file("link"));
  const args = ["run", "--directory", home.file("link"), "--instructions", "find tasks"];
  const { run_id } = JSON.parse((await run(...args, "--json")).stdout);
  const { agent_id, files } = await door.daemon.ended(run_id);
  expect(files).toMatchObject({ found: 1, processed: 1 });
  expect(await door.client.agent(agent_id)).toMatchObject({
    directories: [{ path: home.file("docs") }],
    instructions: "find tasks",
  });
});

test("a directory that holds an export is read with a word about it", async () => {
  home.write("docs/a.md", "# A\n");
  expect((await run("run", "--directory", home.file("docs"))).stderr).not.toContain("export");
  await run("export", "md", home.file("vault"));
  const { stderr } = await run("run", "--directory", home.file("vault"));
  expect(stderr).toContain("vault is an export of Agent Runner");
});

test.each([
  ["the directory itself", "inbox", "inbox"],
  ["a directory in it", "inbox/deep", "inbox"],
])("%s that an agent reads already is read by that agent", async (_, name, agent_id) => {
  door.folder.write(`${name}/a.md`, "# A\n\n- [ ] Do a\n");
  await door.daemon.run("inbox");
  const { stderr, stdout } = await run("run", "--directory", door.folder.file(name), "--json");
  expect(stderr).toContain(
    `The agent inbox reads ${door.folder.file(name)} already, so it does this run.`,
  );
  const { run_id } = JSON.parse(stdout);
  expect(await door.daemon.ended(run_id)).toMatchObject({ agent_id, files: { processed: 0 } });
  expect((await door.client.entities("task")).items.map(({ title }) => title)).toEqual(["Do a"]);
});

test("instructions under the rules do nothing, which is said, and the agent that reads there is used", async () => {
  door.folder.write("inbox/a.md", "# A\n");
  const args = ["run", "--directory", door.folder.file("inbox"), "--instructions", "find tasks"];
  const { stderr, stdout } = await run(...args, "--json");
  expect(stderr).toContain("--instructions does nothing here");
  expect(await door.daemon.ended(JSON.parse(stdout).run_id)).toMatchObject({ agent_id: "inbox" });
});

test("a directory above one that an agent reads is read with a word about it", async () => {
  door.folder.write("inbox/a.md", "# A\n");
  door.folder.write("b.md", "# B\n");
  const { stderr } = await run("run", "--directory", door.folder.path);
  expect(stderr).toContain(
    `The agent inbox reads ${door.folder.file("inbox")} too, so what both find there is recorded twice.`,
  );
});

test("an agent is run with a word about each other one that reads the same", async () => {
  const at = (id: string): string => `{ path: "${door.folder.file(id)}", watch: false }`;
  door.daemon.configure(`agents:
  - { id: inbox, directories: [${at("inbox")}, ${at("mail")}] }
  - { id: mail, directories: [${at("mail")}] }
  - { id: off, directories: [${at("inbox")}], enabled: false }
  - { id: notes, directories: [${at("notes")}] }
`);
  await waitFor("it is in force", async () =>
    (await door.client.agents()).some(({ id }) => id === "off"),
  );
  const said = async (id: string): Promise<string> => {
    const { code, stderr, stdout } = await run("run", id, "--wait", "--json");
    expect([code, JSON.parse(stdout).status]).toEqual([0, "success"]);
    return stderr;
  };
  const reads = (id: string): string =>
    `The agent ${id} reads ${door.folder.file("mail")} too, so what both find there is recorded twice.\n`;
  expect(await said("inbox")).toBe(reads("mail"));
  expect(await said("Mail")).toBe(reads("inbox"));
  expect(await said("notes")).toBe("");
});

test.each(["Inbox", "INBOX", "inbox"])("run and pause find the agent inbox as %s", async (name) => {
  const { code, stdout } = await run("run", name, "--wait", "--json");
  expect([code, JSON.parse(stdout).agent_id]).toEqual([0, "inbox"]);
  expect((await run("pause", name)).code).toBe(0);
  expect((await door.client.agents()).find(({ id }) => id === "inbox")?.state).toBe("paused");
  expect((await run("resume", name)).stdout).toBe("Resumed.\n");
});
