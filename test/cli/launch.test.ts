import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { testFolder } from "../helper/folder.ts";

const LAUNCHER = path.resolve(import.meta.dirname, "../../daemon/cli/launch.js");

function start(args: readonly string[], home: string) {
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...env } = process.env;
  return spawn(process.execPath, [LAUNCHER, ...args], {
    env: { ...env, AGENT_RUNNER_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function run(args: readonly string[], home: string) {
  const child = start(args, home);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

test.each([
  [["--help"], 0, "Usage: agent-runner [options] [command]"],
  [["tasks", "add", "--help"], 0, "--json"],
  [["--version"], 0, manifest.version],
])("%j prints on stdout and exits %i", async (args, code, expected) => {
  using home = testFolder();
  const ended = await run(args, home.path);
  expect(ended).toMatchObject({ code, stderr: "" });
  expect(ended.stdout).toContain(expected);
});

test.each([
  ["an unknown command", ["statsu"], 2, "Did you mean status?"],
  ["an unknown option", ["run", "inbox", "--wiat"], 2, "Did you mean --wait?"],
  ["a bad number", ["runs", "--limit", "0"], 2, "expected a whole number from 1."],
  ["a directory that is missing", ["run", "--directory", "/no/such"], 2, "/no/such"],
  ["no daemon", ["status"], 4, "No daemon runs in this home."],
  ["nothing to stop", ["stop"], 4, "No daemon runs in this home."],
])("%s: the reason is on stderr, and nothing is written", async (_name, args, code, reason) => {
  using home = testFolder();
  const ended = await run(args, home.path);
  expect(ended).toMatchObject({ code, stdout: "" });
  expect(ended.stderr).toContain(reason);
  expect(readdirSync(home.path)).toEqual([]);
});

test("a stop where nothing runs gives no advice to start", async () => {
  using home = testFolder();
  const { stderr } = await run(["stop"], home.path);
  expect(stderr).toBe("error: No daemon runs in this home.\n");
});

test("a call without a command shows how it is and what to do next, and writes nothing", async () => {
  using home = testFolder();
  const { code, stdout, stderr } = await run([], home.path);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Agent Runner is not running\.\n\nNext:\n.* init .*\n.* start .*\n/u);
  const { status, next } = JSON.parse((await run(["--json"], home.path)).stdout);
  expect([status, next[0].command]).toEqual([null, "init"]);
  expect(readdirSync(home.path)).toEqual([]);
});

test("with --json even a usage error is one JSON document on stdout", async () => {
  using home = testFolder();
  const { code, stdout, stderr } = await run(["runs", "--limit", "0", "--json"], home.path);
  expect([code, stderr]).toEqual([2, ""]);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "invalid_request", kind: "user" } });
});

test("a reader that goes away early is no error", async () => {
  using home = testFolder();
  const child = start(["--help"], home.path);
  child.stdout.destroy();
  const [stderr] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect([child.exitCode, stderr]).toEqual([0, ""]);
});
