import { appendFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createOutput } from "../../daemon/cli/output.ts";
import { openLogger } from "../../daemon/core/logger.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { captureOutput } from "./captured-output.ts";
import { runInProcess, startInProcess } from "./run-in-process.ts";

function loggerOf(home: TestFolder) {
  return openLogger({ file: home.file("logs/agent-runner.log"), secrets: () => ["hunter22"] });
}

test("lines are shown in local time with level, message and fields, with no daemon", async () => {
  using home = testFolder();
  using logger = loggerOf(home);
  logger.info({ agent_id: "inbox", files: 3, path: "/in/a b.md" }, "A run ended");
  logger.warn({ key: "hunter22" }, "A key");
  const { code, stdout } = await runInProcess(home, ["logs"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} info  A run ended agent_id=inbox files=3 path="\/in\/a b\.md"\n/u,
  );
  expect(stdout).toMatch(/ warn  A key key=\[redacted\]\n$/u);
});

test("an error stands with its message, and its stack below it", async () => {
  using home = testFolder();
  using logger = loggerOf(home);
  logger.error({ err: new TypeError("x is no function") }, "The daemon met a bug");
  const [head, ...stack] = (await runInProcess(home, ["logs"])).stdout.trimEnd().split("\n");
  expect(head).toMatch(/error The daemon met a bug err="x is no function"$/u);
  expect(stack.length).toBeGreaterThan(2);
  expect(stack.every((line) => line.startsWith("  at "))).toBe(true);
});

test("control and bidirectional characters are written out, in names of fields too", async () => {
  using home = testFolder();
  using logger = loggerOf(home);
  logger.info({ path: "a\x1b[2Jb\u202ec\nd", "\x1b[31mname": { "\u202ek": 1 } }, "A\rfile");
  const { stdout } = await runInProcess(home, ["logs"]);
  expect(stdout).toContain('A\\rfile path=a\\x1b[2Jb\\u202ec\\nd \\x1b[31mname={"\\u202ek":1}\n');
  // eslint-disable-next-line no-control-regex -- these are what must not be there
  expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/u);
});

test("--level shows what is as bad or worse, and --lines the last of it", async () => {
  using home = testFolder();
  using logger = loggerOf(home);
  for (let at = 0; at < 30; at += 1) {
    logger.info({}, `info ${at}`);
    logger.warn({}, `warn ${at}`);
    logger.error({}, `error ${at}`);
  }
  const bad = await runInProcess(home, ["logs", "--level", "warn", "-n", "3"]);
  expect(bad.stdout.match(/\w+ \d+$/gmu)).toEqual(["error 28", "warn 29", "error 29"]);
  expect((await runInProcess(home, ["logs", "-n", "1000"])).stdout.split("\n")).toHaveLength(91);
  const refused = await runInProcess(home, ["logs", "--level", "loud"]);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("debug, info, warn, error"),
  });
});

test("--json prints one document, with levels by name", async () => {
  using home = testFolder();
  using logger = loggerOf(home);
  logger.info({ run_id: "run_1" }, "A run ended");
  const { items } = JSON.parse((await runInProcess(home, ["logs", "--json"])).stdout);
  expect(items).toEqual([
    { time: expect.any(String), level: "info", message: "A run ended", run_id: "run_1" },
  ]);
});

test("a line that is not whole is shown as it is; where nothing is logged, that is said", async () => {
  using home = testFolder();
  expect((await runInProcess(home, ["logs"])).stdout).toMatch(/^No such lines in .*\.log\.\n$/u);
  home.write("logs/agent-runner.log", '{"level":30,"time":"2026-\n{"level":30}\n');
  expect((await runInProcess(home, ["logs"])).stdout).toBe(
    '{"level":30,"time":"2026-\n{"level":30}\n',
  );
});

test("-f goes on with what is logged from now on, until it is interrupted", async () => {
  using home = testFolder();
  using logger = loggerOf(home);
  logger.info({}, "before");
  const interrupt = new AbortController();
  const captured = captureOutput({ json: true });
  const ended = startInProcess(home, ["logs", "-f", "--json"], captured.output, interrupt.signal);
  const messages = (): string[] =>
    captured
      .stdout()
      .trim()
      .split("\n")
      .map((line) => (line === "" ? "" : JSON.parse(line).message));
  await waitFor("what was logged is shown", () => messages().includes("before"));
  logger.info({}, "after");
  appendFileSync(home.file("logs/agent-runner.log"), "broken");
  await waitFor("what is logged is shown", () => messages().includes("after"));
  interrupt.abort();
  expect(await ended).toBe(130);
  expect(messages()).toEqual(["before", "after"]);
});

test("-f ends when nobody reads it any more, as after `| head`", async () => {
  using home = testFolder();
  using logger = loggerOf(home);
  logger.info({}, "one");
  const closed = new PassThrough();
  closed.destroy();
  const output = createOutput({ json: false, stdout: closed, stderr: new PassThrough() });
  expect(await startInProcess(home, ["logs", "-f"], output, new AbortController().signal)).toBe(0);
});
