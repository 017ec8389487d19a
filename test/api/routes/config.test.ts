import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestDaemon } from "../../helper/daemon.ts";
import { testFolder } from "../../helper/folder.ts";
import { openDoor } from "../../helper/open-door.ts";
import { waitFor } from "../../helper/program.ts";

test("the config is read with its etag, in the body and as a header", async () => {
  await using door = await openDoor();
  const { status, headers, body } = await door.send("GET", "/api/config");
  expect([status, body]).toMatchObject([
    200,
    {
      path: door.home.file("config.yaml"),
      text: readFileSync(door.home.file("config.yaml"), "utf8"),
      parsed: { version: 1, agents: [{ id: "inbox" }, { id: "mail" }, { id: "notes" }] },
      etag: expect.stringMatching(/^"\w+"$/u),
      issues: [],
    },
  ]);
  expect(headers.get("etag")).toBe(body.etag);
});

test("a write with If-Match is written; without If-Match it is refused with 412", async () => {
  await using door = await openDoor();
  const text = "version: 1\n";
  const read = (): string => readFileSync(door.home.file("config.yaml"), "utf8");
  const before = read();
  expect(await door.send("PUT", "/api/config", { text })).toMatchObject({
    status: 412,
    body: { code: "config_changed" },
  });
  expect(read()).toBe(before);
  const { etag } = await door.client.config();
  const answer = await door.send("PUT", "/api/config", { text }, { "if-match": etag });
  expect([answer.status, answer.headers.get("etag")]).toEqual([200, answer.body.etag]);
  expect(answer.body.etag).not.toBe(etag);
  expect(read()).toBe(text);
});

test("a text is checked at its lines without being written, and keys that it stands for are known", async () => {
  using folder = testFolder();
  folder.write("in/.keep", "");
  const yaml = `model: { api_key: sk-written-out }\nagents:\n  - id: inbox\n    directories: [{ path: ${folder.file("in")} }]\n`;
  await using daemon = await startTestDaemon(folder, yaml);
  const { client } = daemon;
  const { text } = await client.config();
  expect(text).toContain("(hidden 1)");
  expect(await client.checkConfig(text ?? "")).toEqual({ issues: [] });
  const wrong = (text ?? "").replace("id: inbox", "id: In box");
  expect(await client.checkConfig(wrong)).toMatchObject({
    issues: [{ line: 5, key: "agents[0].id" }],
  });
  expect((await client.config()).text).toBe(text);
});

test("a config that is put takes effect; one that is not valid is refused with its lines, and one of an old text too", async () => {
  using folder = testFolder();
  folder.write("in/.keep", "");
  const yaml = `agents:\n  - id: inbox # mine\n    directories: [{ path: ${folder.file("in")} }]\n`;
  await using daemon = await startTestDaemon(folder, yaml);
  const { client } = daemon;
  const { text, etag } = await client.config();
  const edited = (text ?? "").replace("id: inbox", "id: mail");
  const after = await client.replaceConfig(edited, etag);
  expect(after.text).toBe(edited);
  await waitFor("the agent is known", async () => (await client.agents())[0]?.id === "mail");

  await expect(client.replaceConfig(edited, etag)).rejects.toMatchObject({
    code: "config_changed",
    status: 412,
  });
  await expect(client.replaceConfig("version: 2\n", after.etag)).rejects.toMatchObject({
    code: "config_invalid",
    status: 422,
    data: { issues: [{ line: 1, key: "version", value: "2" }] },
  });
  expect((await client.config()).text).toBe(edited);
});

test("a text that would keep a parser busy for minutes is refused, and the daemon goes on answering", async () => {
  await using door = await openDoor();
  const { etag, text } = await door.client.config();
  for (const line of ["a: b\n", "[", "- ", "? ", "--- a\n", "&a "]) {
    const hostile = line.repeat(700_000 / line.length);
    const answer = await door.send("PUT", "/api/config", { text: hostile }, { "if-match": etag });
    expect([answer.status, answer.body.code]).toEqual([422, "config_invalid"]);
    expect(await door.client.checkConfig(hostile)).toMatchObject({ issues: [{ line: 1 }] });
    expect((await door.send("GET", "/api/health")).status).toBe(200);
  }
  expect((await door.client.config()).text).toBe(text);
});
