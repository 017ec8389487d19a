import { expect, test } from "vitest";
import type { ModelRequest } from "../../daemon/agent/model/model.ts";
import { estimateTokens, rangeOfRequest } from "../../daemon/agent/tokens.ts";
import { openIsolate } from "../../daemon/preprocess/isolate.ts";
import { scriptedModel, type ScriptedModelReply } from "../helper/scripted-model.ts";
import { attempt } from "./attempt.ts";
import { type Fixture, readFixtures } from "./fixture.ts";

// The product's estimate is the most that any tokenizer makes. Of a prompt with its tools, o200k made 2,081 tokens
// where the estimate is 2,919.
const O200K = 0.72;

/** All that is wanted of a document, in one reply that ends the work. */
function answerAtOnce({ wanted }: Fixture): ScriptedModelReply {
  const [project] = [...wanted.projects, ...wanted.active_projects];
  const named = project === undefined ? {} : { project };
  const tasks = wanted.tasks.map(({ title, due_date, status, priority, at }) => ({
    name: "create_task",
    arguments: { title, due_date, status, priority, quote: at, ...named },
  }));
  const note = { title: wanted.note.slice(0, 80), body: wanted.note, ...named };
  return {
    calls: [
      { name: "create_note", arguments: note },
      ...tasks,
      { name: "finish", arguments: { summary: "Recorded." } },
    ],
  };
}

test(
  "a model that makes all calls in one reply takes one request for a document, and few tokens",
  { timeout: 240_000 },
  async () => {
    await using isolate = openIsolate();
    const fixtures = readFixtures();
    const requests: ModelRequest[] = [];
    let documents = 0;
    for (const fixture of fixtures) {
      const model = scriptedModel([answerAtOnce(fixture)]);
      const { failure, changes } = await attempt(fixture, model, isolate);
      if (failure?.startsWith("skipped")) continue;
      documents += 1;
      expect({ failure, path: fixture.path }).toEqual({ failure: null, path: fixture.path });
      expect(changes.length).toBeGreaterThanOrEqual(Math.min(50, fixture.wanted.tasks.length));
      requests.push(...model.requests);
    }
    expect(documents).toBeGreaterThan(90);
    expect(requests.length / documents).toBeLessThanOrEqual(1.05);
    const most = requests.map((request) => estimateTokens(rangeOfRequest(request), {}));
    const tokens = (most.reduce((sum, count) => sum + count, 0) * O200K) / documents;
    expect(tokens).toBeLessThanOrEqual(2_600);
  },
);
