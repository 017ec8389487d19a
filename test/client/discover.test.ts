import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { connect, findDaemon } from "../../daemon/client/discover.ts";
import { type Paths, resolvePaths } from "../../daemon/core/paths.ts";
import { testFolder, type TestFolder } from "../helper/folder.ts";
import { openDoor } from "../helper/open-door.ts";

function pathsIn(home: TestFolder): Paths {
  const env = { AGENT_RUNNER_HOME: home.path };
  return resolvePaths({ env, platform: process.platform, userHome: home.path });
}

const file = (url: string, token: string): string =>
  JSON.stringify({ pid: 7, url, token, version: "1.2.3", started_at: "2026-03-01T08:00:00Z" });

describe("findDaemon", () => {
  test("gives what the file holds", () => {
    using home = testFolder({ "daemon.json": file("http://127.0.0.1:4770", "t") });
    expect(findDaemon(pathsIn(home))).toMatchObject({ pid: 7, url: "http://127.0.0.1:4770" });
  });

  test.each([
    ["a missing file", {}],
    ["an empty file", { "daemon.json": "" }],
    ["half a file", { "daemon.json": '{"pid":7,"url":"http://127.0.0.1:4770"' }],
    ["a file of another shape", { "daemon.json": '{"pid":"7"}' }],
    ["a directory", { "daemon.json/x": "" }],
  ])("gives undefined for %s", (_name, files) => {
    using home = testFolder(files);
    expect(findDaemon(pathsIn(home))).toBeUndefined();
  });
});

describe("connect", () => {
  const notRunning = {
    code: "daemon_not_running",
    exit: 4,
    hint: expect.stringContaining("npx --no agent-runner start"),
  };

  test("gives a client of the daemon that the file names", async () => {
    await using door = await openDoor();
    using home = testFolder({ "daemon.json": file(door.url, door.token) });
    const client = await connect(pathsIn(home));
    expect(await client.status()).toEqual(await door.client.status());
  });

  test("says that no daemon runs where there is no file", async () => {
    using home = testFolder();
    await expect(connect(pathsIn(home))).rejects.toMatchObject(notRunning);
  });

  test.skipIf(process.getuid?.() === 0)(
    "a home that belongs to another user is told from one where no daemon runs",
    async () => {
      using home = testFolder({ "daemon.json": file("http://127.0.0.1:4770", "t") });
      chmodSync(home.file("daemon.json"), 0o000);
      await expect(connect(pathsIn(home))).rejects.toMatchObject({
        code: "daemon_not_running",
        exit: 4,
        message: `${home.file("daemon.json")} cannot be read (EACCES).`,
        hint: expect.stringContaining("AGENT_RUNNER_HOME"),
      });
    },
  );

  test("says that no daemon runs where the file outlived it", async () => {
    const door = await openDoor();
    await door[Symbol.asyncDispose]();
    using home = testFolder({ "daemon.json": file(door.url, door.token) });
    await expect(connect(pathsIn(home))).rejects.toMatchObject(notRunning);
  });

  test("says that no daemon runs where a daemon of another home has the port", async () => {
    await using door = await openDoor();
    using home = testFolder({ "daemon.json": file(door.url, "token-of-this-home") });
    await expect(connect(pathsIn(home))).rejects.toMatchObject(notRunning);
  });

  test.each([
    ["agrees to all", '{"status":"ok","version":"1.2.3"}'],
    ["makes a proof up", `{"status":"ok","version":"1.2.3","proof":"${"0".repeat(64)}"}`],
    ["speaks of something else", "<h1>Hello</h1>"],
  ])("shows the token to nobody on the port who %s", async (_name, answer) => {
    const seen: string[] = [];
    const squatter = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`, ...request.rawHeaders);
      response.end(answer);
    }).listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const address = squatter.address();
    const port = typeof address === "object" && address ? address.port : 0;
    using home = testFolder({ "daemon.json": file(`http://127.0.0.1:${port}`, "secret-token") });
    try {
      await expect(connect(pathsIn(home))).rejects.toMatchObject(notRunning);
      expect(seen[0]).toMatch(/^GET \/api\/health\?nonce=[0-9a-f]{64}$/);
      expect(seen.join()).not.toContain("secret-token");
      expect(seen.join()).not.toContain("GET /api/status");
    } finally {
      squatter.close();
    }
  });

  test("ends when its signal does", async () => {
    const squatter = createServer(() => controller.abort()).listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const address = squatter.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const controller = new AbortController();
    using home = testFolder({ "daemon.json": file(`http://127.0.0.1:${port}`, "t") });
    const connecting = connect(pathsIn(home), controller.signal);
    await expect(connecting).rejects.toMatchObject({ name: "AbortError" });
    squatter.close();
  });
});
