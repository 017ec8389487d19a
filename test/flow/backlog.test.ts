import { expect, test } from "vitest";
import { captureOutput } from "../cli/captured-output.ts";
import { daemonFile, runInProcess, startInProcess } from "../cli/run-in-process.ts";
import { hurriedClock, startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

const HOUR_MS = 60 * 60_000;
const FILES = Object.fromEntries(
  Array.from({ length: 7 }, (_, index) => [`in/${index}.md`, `# File ${index}\n`]),
);

test("a slow model on this machine: status, agent and run --wait say how many files are done and how long the rest takes", async () => {
  using folder = testFolder(FILES);
  const clock = hurriedClock();
  const gates = Array.from({ length: 7 }, () => Promise.withResolvers<void>());
  let begun = 0;
  await using server = await startScriptedServer(async (request) => {
    const isFirst = readDocument(request).iteration === 1;
    if (isFirst) {
      begun += 1;
      await gates[begun - 1]?.promise;
    }
    // An hour for each file: half of it for each of its two requests.
    clock.jump(HOUR_MS / 2);
    return answerDocument(request);
  });
  await using daemon = await startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]
`,
    clock,
  );
  const { client } = daemon;
  const backlog = async () => (await client.status()).agents[0]?.backlog;
  const reach = (done: number) =>
    waitFor(`${done} files are done`, async () => (await backlog())?.done === done && begun > done);
  expect(await backlog()).toBeNull();

  const { run_id } = await client.trigger("test");
  await waitFor("the first is asked for", () => begun === 1);
  expect(await backlog()).toEqual({ done: 0, total: 7, waiting: 0, seconds_left: null });
  for (const gate of gates.slice(0, 4)) gate.resolve();
  await reach(4);
  const left = await backlog();
  expect(left).toMatchObject({ done: 4, total: 7, waiting: 0 });
  expect(Math.round((left?.seconds_left ?? 0) / 3_600)).toBe(3);
  expect((await client.agent("test")).backlog).toMatchObject({ done: 4, total: 7 });

  const home = { ...folder, path: folder.file("home") };
  folder.write("home/daemon.json", daemonFile(daemon.daemon));
  const shown = await runInProcess(home, ["status"]);
  expect(shown.stdout).toContain("backlog  test 4 of 7 files, about 3 hours left\n");

  await client.pause({ agent_id: "test" });
  expect(await backlog()).toMatchObject({ waiting: 2, seconds_left: null });
  await client.resume({ agent_id: "test" });

  const captured = captureOutput({ isTTY: true });
  const { signal } = new AbortController();
  const following = startInProcess(home, ["run", "test", "--wait"], captured.output, signal);
  await waitFor("run --wait says so", () => captured.stderr().includes(" · about 3 hours left"));
  for (const gate of gates) gate.resolve();
  expect(await following).toBe(0);
  expect(await client.run(run_id)).toMatchObject({ status: "success", files: { processed: 7 } });
  expect(await backlog()).toBeNull();
});
