import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";

test("no secret of an agent's model stands in the journal", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  const model = `{ provider: openai, base_url: "http://ann:hunter2-base@models.invalid/v1", api_key: hunter2-key, headers: { x-token: hunter2-header } }`;
  const yaml = `agents: [{ id: test, model: ${model}, directories: [{ path: "${folder.file("in")}" }] }]\n`;
  {
    await using daemon = await startTestDaemon(folder, yaml);
    await daemon.endedRun(1);
  }
  const bytes = readFileSync(folder.file("home/agent-runner.db"), "latin1");
  expect([bytes.includes("models.invalid"), bytes.includes("hunter2")]).toEqual([true, false]);
});
