import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { testHome, waitFor, waitForRun } from "../helper/program.ts";
import { reply, startScriptedServer } from "../helper/scripted-server.ts";

const LOG = Array.from({ length: 300 }, (_, index) => `Entry ${index}: nothing was wrong.\n`).join(
  "",
);
const NOTE = { name: "create_note", arguments: { title: "Log", quote: "Entry 7:" } };

test(
  "a job that read what changed goes on after a kill with the same bytes, though the earlier text is gone",
  { timeout: 120_000 },
  async () => {
    await using home = testHome({ "in/log.md": LOG });
    const held = Promise.withResolvers<void>();
    await using server = await startScriptedServer(async ({ body }) => {
      const isChanged = JSON.stringify(body.messages).includes("<changes-");
      const hasWhole = body.messages.some(({ role }) => role === "tool");
      if (isChanged && !hasWhole) return reply({ calls: [{ name: "read_whole", arguments: {} }] });
      if (hasWhole && server.requests.length === 3) await held.promise;
      return reply({ calls: [NOTE, { name: "finish", arguments: {} }] });
    });
    home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents:
  - { id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0, resettle_seconds: 0 }
`);
    const daemon = home.start();
    await waitForRun(await home.connect(), "test");
    home.write("in/log.md", `${LOG}Entry 300: the last one.\n`);
    await waitFor("the whole is asked for", () => server.requests.length === 3);
    await daemon.end("SIGKILL");
    held.resolve();
    const journal = new DatabaseSync(home.file("home/agent-runner.db"));
    journal.exec("DELETE FROM documents WHERE document NOT LIKE '%Entry 300%'");
    journal.close();

    home.start();
    const client = await home.connect();
    await waitFor("the file is done again", async () => {
      const { items } = await client.files();
      return items.every(({ state }) => state === "done");
    });
    expect(server.requests).toHaveLength(4);
    const bodies = server.requests.map(({ body }) => JSON.stringify(body));
    expect(bodies[3]).toBe(bodies[2]);
    const { items } = await client.entities("note");
    expect(items.map(({ title }) => title)).toEqual(["Log"]);
  },
);
