import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { send } from "../helper/request.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

const KEY = "sk-canary-0123456789";

function homeWithKey(): TestFolder {
  const folder = testFolder({ "in/plan.md": "# Plan\n" });
  folder.write("home/secrets.env", `CANARY_KEY=${KEY}\n`);
  return folder;
}

test("an ad-hoc body that names a variable, or another host for the config's key, is refused", async () => {
  using folder = homeWithKey();
  await using own = await startScriptedServer([]);
  await using evil = await startScriptedServer(answerDocument);
  await using daemon = await startTestDaemon(
    folder,
    `model: { provider: openai, base_url: "${own.url}", name: m, api_key: "\${CANARY_KEY}" }\nagents: [{ id: test, directories: [{ path: "${folder.file("else")}" }] }]\n`,
  );
  const directories = [{ path: folder.file("in") }];
  const at = { provider: "openai", base_url: evil.url, name: "m" };
  const bodies = [
    { directories, model: { ...at, api_key: "${CANARY_KEY}" } },
    { directories, model: { ...at, api_key: "x${CANARY_KEY}" } },
    { directories, model: { ...at, headers: { "X-Key": "${CANARY_KEY}" } } },
    { directories, model: { ...at, base_url: `${evil.url}/\${CANARY_KEY}` } },
    { directories, model: { ...at, name: "${CANARY_KEY}" } },
    { directories: [{ path: `${folder.file("in")}/\${CANARY_KEY}` }] },
    { directories: [{ path: folder.file("in"), include: ["${CANARY_KEY}"] }] },
    { directories, instructions: "Say ${CANARY_KEY}." },
    { directories, name: "${CANARY_KEY}" },
    { directories, model: { headers: { Host: "evil.example" } } },
    { directories, model_of: "test", model: { base_url: evil.url } },
    { directories, model_of: "test", model: { headers: { "X-A": "b" } } },
  ];
  for (const body of bodies) {
    const answer = await send(daemon.daemon, "POST", "/api/agents/trigger", body);
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
    expect(JSON.stringify(answer.body)).not.toContain(KEY);
  }
  // Its own model at another address gets no key of the config.
  const { body } = await send(daemon.daemon, "POST", "/api/agents/trigger", {
    directories,
    model: at,
  });
  await daemon.ended(body.run_id);
  expect(JSON.stringify([evil.requests, own.requests])).not.toContain(KEY);
});

test("a variable in an ad-hoc agent of an older home is filled only where the config has it too", async () => {
  using folder = homeWithKey();
  await using server = await startScriptedServer(answerDocument);
  const settings = `provider: openai, base_url: "${server.url}", name: m`;
  const directories = [{ path: folder.file("in") }];
  const model = { provider: "openai" as const, base_url: server.url, name: "m", api_key: "none" };
  let agentId: string;
  {
    await using daemon = await startTestDaemon(folder, "");
    const { run_id } = await daemon.client.triggerAdHoc({ directories, model });
    agentId = (await daemon.ended(run_id)).agent_id;
  }
  const database = new Database(folder.file("home/agent-runner.db"));
  const stored = JSON.stringify({
    directories,
    id: agentId,
    model: { ...model, api_key: "${CANARY_KEY}" },
  });
  database.prepare("UPDATE agents SET config = ? WHERE agent_id = ?").run(stored, agentId);
  database.close();
  const target = `/api/agents/${agentId}/trigger`;
  {
    await using daemon = await startTestDaemon(folder, "");
    const answer = await send(daemon.daemon, "POST", target, { force: true });
    expect([answer.status, answer.body.code]).toEqual([404, "agent_not_found"]);
  }
  expect(JSON.stringify(server.requests)).not.toContain(KEY);
  const yaml = `agents: [{ id: test, model: { ${settings}, api_key: "\${CANARY_KEY}" }, directories: [{ path: "${folder.file("else")}" }] }]\n`;
  await using daemon = await startTestDaemon(folder, yaml);
  const { body } = await send(daemon.daemon, "POST", target, { force: true });
  expect(await daemon.ended(body.run_id)).toMatchObject({ status: "success" });
  expect(server.requests.at(-1)?.headers.authorization).toBe(`Bearer ${KEY}`);
});
