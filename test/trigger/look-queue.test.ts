import { expect, test } from "vitest";
import { createLookQueue } from "../../daemon/trigger/look-queue.ts";
import type { RunRequest } from "../../daemon/trigger/run-request.ts";
import type { RunStarter } from "../../daemon/trigger/start-run.ts";
import { parse } from "../helper/config.ts";

const [agent] = parse("agents: [{ id: inbox, directories: [{ path: /in }] }]").agents;

function attended(starter: Pick<RunStarter, "start" | "startIfNeeded">) {
  const faults: unknown[] = [];
  const lookQueue = createLookQueue({
    starter,
    ready: () => agent && { agent, recipe: "r1", base_recipe: "r1", asks_above: null },
    onFault: (_, thrown) => void faults.push(thrown),
  });
  return { lookQueue, faults };
}

test("a reason is kept where the journal is out of reach, and seen to the next time", async () => {
  let isFull = true;
  const runs: RunRequest["trigger"][] = [];
  const begin = (request: RunRequest): string => {
    if (isFull) throw new Error("disk full");
    runs.push(request.trigger);
    return "run_1";
  };
  const { lookQueue, faults } = attended({
    start: begin,
    startIfNeeded: async (request) => begin(request) !== "",
  });
  lookQueue.want("inbox", { trigger: "cron", paths: null });
  await expect.poll(() => faults.length).toBe(1);
  isFull = false;
  lookQueue.attend("inbox");
  await expect.poll(() => runs).toEqual(["cron"]);
});

test("reasons that come during a look form the next one", async () => {
  const asked: RunRequest["paths"][] = [];
  const gate = Promise.withResolvers<void>();
  const { lookQueue } = attended({
    start: () => "run_1",
    async startIfNeeded({ paths }) {
      asked.push(paths);
      await gate.promise;
      return true;
    },
  });
  for (const name of ["a", "b", "c"]) {
    lookQueue.want("inbox", { trigger: "watch", paths: [`/in/${name}`] });
  }
  expect(asked).toEqual([["/in/a"]]);
  gate.resolve();
  await expect.poll(() => asked).toEqual([["/in/a"], ["/in/b", "/in/c"]]);
});
