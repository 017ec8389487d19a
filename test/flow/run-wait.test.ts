import { expect, test } from "vitest";
import { captureOutput } from "../cli/captured-output.ts";
import { daemonFile, runInProcess, startInProcess } from "../cli/run-in-process.ts";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

test("run --wait follows the run that is under way, then reads what came meanwhile, and nothing twice", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Do a\n" });
  const gate = Promise.withResolvers<void>();
  await using server = await startScriptedServer(async (request) => {
    if (request.index === 0) await gate.promise;
    return answerDocument(request);
  });
  await using daemon = await startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]
`,
  );
  const home = { ...folder, path: folder.file("home") };
  folder.write("home/daemon.json", daemonFile(daemon.daemon));
  const first = await daemon.client.trigger("test");
  await waitFor("the first request arrives", () => server.requests.length === 1);
  folder.write("in/b.md", "# B\n\n- [ ] Do b\n");
  const captured = captureOutput({ json: true });
  const { signal } = new AbortController();
  const waiting = startInProcess(
    home,
    ["run", "test", "--wait", "--json"],
    captured.output,
    signal,
  );
  const notice = `${first.run_id} is in progress: waiting for it first.`;
  await waitFor("the command follows it", () => captured.stderr().includes(notice));
  gate.resolve();
  const code = await waiting;
  const shown = JSON.parse(captured.stdout());
  expect(code).toBe(0);
  expect(shown).toMatchObject({ status: "success", files: { processed: 1, unchanged: 1 } });
  expect(shown.run_id).not.toBe(first.run_id);
  expect(await daemon.client.run(first.run_id)).toMatchObject({ status: "success" });
  const requests = server.requests.length;

  const again = await runInProcess(home, ["run", "test", "--wait", "--json"]);
  expect([again.code, server.requests.length]).toEqual([0, requests]);
});
