import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { testHome, waitFor } from "../helper/program.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

const FILES = 12;
const KILLS = 10;

test(
  "a dry run that is killed again and again writes nothing, and the run after it asks nothing",
  { timeout: 300_000 },
  async ({ annotate }) => {
    const documents = Array.from({ length: FILES }, (_, index) => [
      `in/file-${index}.md`,
      `# Document ${index}\n\n- [ ] Task of ${index}\n`,
    ]);
    await using home = testHome(Object.fromEntries(documents) as Record<string, string>);
    const asked = new Map<string, number>();
    await using server = await startScriptedServer(async (request) => {
      const { file, iteration } = readDocument(request);
      const key = `${file} ${iteration}`;
      asked.set(key, (asked.get(key) ?? 0) + 1);
      await wait(100);
      return answerDocument(request);
    });
    home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents:
  - { id: test, directories: [{ path: "${home.file("in")}", watch: false }], settle_seconds: 0 }
`);
    let runId: string | undefined;
    for (let kills = 0; kills < KILLS; kills += 1) {
      const before = server.requests.length;
      const daemon = home.start();
      const client = await home.connect();
      runId ??= (await client.trigger("test", { dry_run: true })).run_id;
      // Kills at odd moments: while a model is asked, while proposals are written, when all is done.
      await waitFor("work goes on, or has ended", async () => {
        const { status } = await client.run(runId ?? "");
        return server.requests.length > before || status !== "running";
      });
      await wait(((kills * 37) % 10) * 25);
      await daemon.end("SIGKILL");
    }
    home.start();
    const client = await home.connect();
    const dry = await waitFor("the dry run ends", async () => {
      const run = await client.run(runId ?? "");
      return run.status !== "running" && run;
    });
    expect(dry).toMatchObject({
      status: "success",
      dry_run: true,
      files: { found: FILES, processed: FILES, pending: 0 },
      entities: { created: FILES * 2 },
    });
    expect((await client.entities("task")).items).toEqual([]);
    expect((await client.entities("note")).items).toEqual([]);
    const proposed = (await client.runChanges(dry.run_id, { limit: 500 })).items;
    expect(new Set(proposed.map(({ entity_id }) => entity_id)).size).toBe(FILES * 2);
    expect(proposed).toHaveLength(FILES * 2);

    const requests = server.requests.length;
    await annotate(`${requests} requests for ${FILES * 2} iterations`);
    expect(asked.size).toBe(FILES * 2);
    expect(requests).toBeLessThanOrEqual(FILES * 2 + KILLS);
    const { run_id } = await client.trigger("test");
    const real = await waitFor("the run ends", async () => {
      const run = await client.run(run_id);
      return run.status !== "running" && run;
    });
    expect(real).toMatchObject({ status: "success", entities: { created: FILES * 2 } });
    expect(server.requests).toHaveLength(requests);
    const tasks = (await client.entities("task", { limit: 500 })).items;
    expect(new Set(tasks.map(({ title }) => title)).size).toBe(FILES);
    expect(tasks).toHaveLength(FILES);
  },
);
