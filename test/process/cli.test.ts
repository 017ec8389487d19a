import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { toRunnerError } from "../../daemon/core/errors.ts";
import { type TestHome, testHome, waitFor } from "../helper/program.ts";

const LAUNCHER = path.resolve(import.meta.dirname, "../../daemon/cli/launch.js");

/** A home without config, and beside it `in/` with this many notes to read. */
function homeWithNotes(count: number): TestHome {
  const names = Array.from({ length: count }, (_, index) => `in/${index}.md`);
  return testHome(Object.fromEntries(names.map((name) => [name, `# ${name}\n\n- [ ] Do it\n`])));
}

/** Starts `run --directory in` and waits until its own daemon is in the middle of it. */
async function startRunning(home: TestHome) {
  const cli = spawn(process.execPath, [LAUNCHER, "run", "--directory", home.file("in")], {
    env: { ...process.env, AGENT_RUNNER_HOME: home.file("home") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const client = await home.connect();
  const daemon = await waitFor("a file is done", async () => {
    const { items } = await client.runs({ status: "running" });
    return items.some((run) => run.files.processed > 0) && client;
  });
  return { cli, daemon, ended: endOf(cli) };
}

async function endOf(child: ChildProcess & { stdout: NonNullable<ChildProcess["stdout"]> }) {
  const [stdout] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return { code: child.exitCode, stdout };
}

test("a detached daemon is found, refuses a second one, and after stop the home is free", async () => {
  await using home = testHome();
  home.configure("");
  const started = await home.run("start", "--detach", "--json");
  expect(started).toMatchObject({ code: 0, stderr: "" });
  const { pid, url } = JSON.parse(started.stdout);
  expect((await home.connect()).url).toBe(url);

  const second = await home.run("start", "--detach");
  expect(second).toMatchObject({ code: 4, stdout: "" });
  expect(second.stderr).toContain(`process ${pid}`);

  expect(await home.run("stop")).toMatchObject({ code: 0, stdout: "Stopped.\n" });
  expect(await home.run("stop")).toMatchObject({ code: 4, stdout: "" });
  expect((await home.run("start", "--detach")).code).toBe(0);
  expect((await home.run("stop")).code).toBe(0);
});

test("a daemon in the foreground says where everything is, and Ctrl-C ends it with 0", async () => {
  await using home = testHome();
  home.configure("");
  const program = home.start();
  const { url } = await home.connect();
  await waitFor("it says that it is ready", () => program.output().includes("Ctrl-C"));
  for (const said of [url, home.file("home/inbox"), home.file("home/config.yaml")]) {
    expect(program.output()).toContain(said);
  }
  expect(program.output()).toContain("built-in rules (not a language model)");
  expect(await program.end("SIGINT")).toBe(0);
});

test("a directory is read without config or daemon, once, and nothing stays running", async () => {
  await using home = homeWithNotes(2);
  const args = ["run", "--directory", home.file("in"), "--json"];
  const first = await home.run(...args);
  expect(first.code).toBe(0);
  expect(JSON.parse(first.stdout)).toMatchObject({ status: "success", files: { processed: 2 } });
  expect(existsSync(home.file("home/config.yaml"))).toBe(false);
  expect(existsSync(home.file("home/daemon.json"))).toBe(false);
  expect((await home.run("status")).code).toBe(4);

  const second = await home.run(...args);
  expect(JSON.parse(second.stdout)).toMatchObject({ files: { processed: 0, unchanged: 2 } });
});

test("of two runs at once without a daemon one waits for the other", async () => {
  await using home = homeWithNotes(2);
  const args = ["run", "--directory", home.file("in"), "--json"];
  const both = await Promise.all([
    home.run(...args, "--instructions", "a"),
    home.run(...args, "--instructions", "b"),
  ]);
  for (const { code, stdout } of both) {
    expect(JSON.parse(stdout)).toMatchObject({ status: "success", files: { processed: 2 } });
    expect(code).toBe(0);
  }
});

test("what keeps its own daemon from starting is what run reports", async () => {
  await using home = testHome();
  home.configure("agnets: []");
  const { code, stdout } = await home.run("run", "inbox", "--json");
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "config_invalid" } });
});

test("Ctrl-C in the middle of a run ends its daemon and exits 130, and the next run does the rest", async () => {
  await using home = homeWithNotes(200);
  const { cli, daemon, ended } = await startRunning(home);
  cli.kill("SIGINT");
  expect(await ended).toEqual({ code: 130, stdout: "" });
  await expect(daemon.health()).rejects.toMatchObject({ code: "daemon_not_running" });

  const next = await home.run("run", "--directory", home.file("in"), "--json");
  expect(next.stderr).toContain("was interrupted: waiting for it first");
  expect(next.code).toBe(0);
  expect(JSON.parse(next.stdout)).toMatchObject({ files: { processed: 200, unchanged: 0 } });
});

test("the daemon of a run that is killed ends by itself", async () => {
  await using home = homeWithNotes(200);
  const { cli, daemon, ended } = await startRunning(home);
  cli.kill("SIGKILL");
  await ended;
  const refusal = await waitFor("the daemon is gone", () =>
    daemon.health().then(() => undefined, toRunnerError),
  );
  expect(refusal).toMatchObject({ code: "daemon_not_running" });
});

test("api reads a body from stdin", async () => {
  await using home = testHome();
  home.configure("");
  home.start();
  const client = await home.connect();
  const cli = spawn(process.execPath, [LAUNCHER, "api", "POST", "/api/notes", "-"], {
    env: { ...process.env, AGENT_RUNNER_HOME: home.file("home") },
    stdio: ["pipe", "pipe", "pipe"],
  });
  cli.stdin.end(JSON.stringify({ title: "From a pipe" }));
  const { code, stdout } = await endOf(cli);
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { title: "From a pipe" }]);
  expect((await client.entities("note")).items).toHaveLength(1);
});
