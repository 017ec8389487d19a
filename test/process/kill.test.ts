import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { testHome, waitFor, waitForRun } from "../helper/program.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import { SEED } from "../helper/seed.ts";
import { startScriptedServer, status } from "../helper/scripted-server.ts";

const FILES = 50;

/** How many replies an endpoint gives over chat before it changes to Responses; each kill costs at most one. */
const TURNS_AFTER = 60;

/** Numbers in [0, 1) that a seed repeats: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Fifty starts of the program, on a machine that may be busy.
const TIMEOUT_MS = 600_000;

const ONLY_RESPONSES = status(404, {
  error: { message: "This model is only supported in v1/responses.", param: "model" },
});

test.for([
  { served: "chat alone", turnsAfter: Infinity, KILLS: 50 },
  { served: "chat, then Responses alone", turnsAfter: TURNS_AFTER, KILLS: 50 },
])(
  "$KILLS kills during one run double nothing, lose nothing and repeat a request at most each, over $served",
  {
    timeout: TIMEOUT_MS,
  },
  async ({ turnsAfter, KILLS }, { annotate }) => {
    await annotate(`SEED=${SEED}`);
    const random = randomFrom(SEED);
    const documents = Array.from({ length: FILES }, (_, index) => [
      `in/file-${index}.md`,
      `# Document ${index}\n\n- [ ] First of ${index}\n- [ ] Second of ${index}\n`,
    ]);
    await using home = testHome(Object.fromEntries(documents) as Record<string, string>);
    const asked = new Map<string, number>();
    let answered = 0;
    let refused = 0;
    await using server = await startScriptedServer(
      async (request) => {
        if (request.api !== (answered < turnsAfter ? "chat" : "responses")) {
          refused += 1;
          return request.api === "chat" ? ONLY_RESPONSES : status(404);
        }
        answered += 1;
        const { file, iteration } = readDocument(request);
        const key = `${file} ${iteration}`;
        asked.set(key, (asked.get(key) ?? 0) + 1);
        await wait(100);
        return answerDocument(request);
      },
      { apis: ["chat", "responses"] },
    );
    home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents:
  - { id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }
`);

    let kills = 0;
    while (kills < KILLS) {
      const requestsBefore = server.requests.length;
      const daemon = home.start();
      // Most kills hit work in flight; some hit the start itself.
      if (random() < 0.9) {
        await waitFor("work goes on", () => server.requests.length > requestsBefore);
      }
      await wait(random() * 350);
      await daemon.end("SIGKILL");
      kills += 1;
    }
    home.start();
    const client = await home.connect();
    const run = await waitForRun(client, "test");

    expect(run).toMatchObject({
      status: "success",
      files: { found: FILES, processed: FILES, failed: 0, pending: 0 },
      entities: { created: FILES * 3 },
    });
    expect((await client.runs({ limit: 10 })).items).toHaveLength(1);
    const tasks = (await client.entities("task", { limit: 500 })).items;
    const notes = (await client.entities("note", { limit: 500 })).items;
    expect(new Set(tasks.map((task) => task.title)).size).toBe(FILES * 2);
    expect([tasks.length, notes.length]).toEqual([FILES * 2, FILES]);
    expect(tasks.every((task) => task.sources.length === 1)).toBe(true);
    const requests = [...asked.values()].reduce((sum, count) => sum + count, 0);
    expect(asked.size).toBe(FILES * 2);
    expect(requests).toBeLessThanOrEqual(FILES * 2 + KILLS);
    // What one kill made the program forget is one more refusal.
    expect(refused > 0).toBe(turnsAfter < Infinity);
    expect(refused).toBeLessThanOrEqual(1 + KILLS);
    await annotate(`${kills} kills, ${requests} requests for ${FILES * 2} iterations`);
    // What was about to be sent when the process died counts as sent.
    expect(run.usage.requests).toBeGreaterThanOrEqual(requests + refused);
    expect(run.usage.requests).toBeLessThanOrEqual(FILES * 2 + KILLS + refused);
  },
);
