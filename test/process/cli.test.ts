import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect, test, vi } from "vitest";
import { connect, findDaemon } from "../../daemon/client/discover.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";

const LAUNCHER = path.resolve(import.meta.dirname, "../../daemon/cli/launch.js");
const LONG_MS = 60_000;

function start(home: TestFolder, ...args: string[]) {
  const env = { ...process.env, AGENT_RUNNER_HOME: home.path };
  return spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function ending(child: ReturnType<typeof start>) {
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

const run = (home: TestFolder, ...args: string[]) => ending(start(home, ...args));

/** A home without config, and a directory of this many notes to read. */
function homeWithNotes(count: number): { home: TestFolder; notes: string } & Disposable {
  const home = testFolder();
  for (let index = 0; index < count; index += 1) {
    home.write(`notes/${index}.md`, `# Note ${index}\n\n- [ ] Do ${index}\n`);
  }
  const notes = home.file("notes");
  return { home, notes, [Symbol.dispose]: () => home[Symbol.dispose]() };
}

function pathsOf(home: TestFolder) {
  const env = { AGENT_RUNNER_HOME: home.path };
  return resolvePaths({ env, platform: process.platform, userHome: home.path });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits until the daemon that a `run` started is in the middle of it; gives its process id. */
async function untilInTheMiddle(home: TestFolder, cli: ChildProcess): Promise<number> {
  const paths = pathsOf(home);
  await vi.waitFor(
    async () => {
      expect(cli.exitCode).toBe(null);
      const client = await connect(paths);
      const [running] = (await client.runs({ status: "running" })).items;
      expect(running?.files.processed).toBeGreaterThan(0);
    },
    { timeout: LONG_MS, interval: 50 },
  );
  return findDaemon(paths)?.pid ?? 0;
}

test("a detached daemon is found, refuses a second one, and is gone after stop", async () => {
  using home = testFolder();
  home.write("config.yaml", "version: 1\nserver: { port: 0 }\n");
  const started = await run(home, "start", "--detach", "--json");
  expect(started).toMatchObject({ code: 0, stderr: "" });
  const { pid, url } = JSON.parse(started.stdout);
  expect(findDaemon(pathsOf(home))).toMatchObject({ pid, url });

  expect(await run(home, "status")).toMatchObject({ code: 0, stderr: "" });
  for (const second of [["start"], ["start", "--detach"]]) {
    const refused = await run(home, ...second);
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    expect(refused.stderr).toContain(`process ${pid}`);
  }

  expect(await run(home, "stop")).toMatchObject({ code: 0, stdout: "Stopped.\n" });
  expect(await run(home, "stop")).toMatchObject({ code: 4 });
});

test("a daemon in the foreground says where everything is, and Ctrl-C ends it with 0", async () => {
  using home = testFolder();
  home.write("config.yaml", "version: 1\nserver: { port: 0 }\n");
  const daemon = start(home, "start", "--json");
  const ended = ending(daemon);
  await vi.waitFor(() => connect(pathsOf(home)), { timeout: LONG_MS, interval: 50 });
  daemon.kill("SIGINT");
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    inbox: home.file("inbox"),
    config: home.file("config.yaml"),
    created: false,
  });
});

test("a directory is read without config or daemon, once, and nothing stays running", async () => {
  using given = homeWithNotes(2);
  const args = ["run", "--directory", given.notes, "--json"];
  const first = await run(given.home, ...args);
  expect(first.code).toBe(0);
  expect(JSON.parse(first.stdout)).toMatchObject({ status: "success", files: { processed: 2 } });
  expect(existsSync(given.home.file("config.yaml"))).toBe(false);
  expect(await run(given.home, "status")).toMatchObject({ code: 4 });

  const second = await run(given.home, ...args);
  expect(JSON.parse(second.stdout)).toMatchObject({ files: { processed: 0, unchanged: 2 } });
});

test("of two runs at once without a daemon one waits for the other", async () => {
  using given = homeWithNotes(2);
  const args = ["run", "--directory", given.notes, "--wait", "--json"];
  const [first, second] = await Promise.all([
    run(given.home, ...args, "--instructions", "a"),
    run(given.home, ...args, "--instructions", "b"),
  ]);
  for (const { code, stdout } of [first, second]) {
    expect(JSON.parse(stdout)).toMatchObject({ status: "success" });
    expect(code).toBe(0);
  }
  expect(await run(given.home, "status")).toMatchObject({ code: 4 });
});

test("what keeps its own daemon from starting is what run reports", async () => {
  using home = testFolder();
  home.write("config.yaml", "version: 1\nserver: { prot: 0 }\n");
  const { code, stdout } = await run(home, "run", "inbox", "--json");
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "config_invalid" } });
});

test("Ctrl-C in the middle of a run exits 130, ends its daemon, and the rest is done later", async () => {
  using given = homeWithNotes(200);
  const args = ["run", "--directory", given.notes];
  const cli = start(given.home, ...args);
  const ended = ending(cli);
  const daemon = await untilInTheMiddle(given.home, cli);
  cli.kill("SIGINT");
  const { code, stdout, stderr } = await ended;
  expect([code, stdout]).toEqual([130, ""]);
  expect(stderr).toContain("goes on when a daemon starts again");
  expect(isRunning(daemon)).toBe(false);

  const again = await run(given.home, ...args, "--json");
  expect(again.code).toBe(0);
  expect(again.stderr).toContain("was interrupted and goes on first");
  expect(JSON.parse(again.stdout)).toMatchObject({ files: { unchanged: 200, processed: 0 } });
});

test("the daemon of a run that is killed ends by itself", async () => {
  using given = homeWithNotes(200);
  const cli = start(given.home, "run", "--directory", given.notes);
  const ended = ending(cli);
  const daemon = await untilInTheMiddle(given.home, cli);
  cli.kill("SIGKILL");
  await ended;
  await vi.waitFor(() => expect(isRunning(daemon)).toBe(false), { timeout: LONG_MS });
});
