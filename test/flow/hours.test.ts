import { expect, test } from "vitest";
import { toLocalTime } from "../../daemon/core/local-time.ts";
import { hurriedClock, startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

const HOUR_MS = 3_600_000;
const FIVE_YEARS_MS = 5 * 365 * 86_400_000;

/** Hours that begin and end so many hours from now. */
function hoursFrom(now: number, from: number, to: number): string {
  return `${toLocalTime(now + from * HOUR_MS)}-${toLocalTime(now + to * HOUR_MS)}`;
}

function configFor(url: string, directory: string, hours: string, more = ""): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null, hours: "${hours}" }
agents: [{ id: test, directories: [{ path: "${directory}" }], settle_seconds: 0 }]
${more}`;
}

async function statesOf({ client }: TestDaemon): Promise<Record<string, string>> {
  const { items } = await client.files();
  return Object.fromEntries(
    items.map(({ path, state, reason }) => [
      path.split("/").at(-1),
      reason === null ? state : `${state}: ${reason}`,
    ]),
  );
}

test("files wait for the hours of their model, visibly and as no fault, and a person does not", async () => {
  using folder = testFolder({
    "in/a.md": "# A\n\n- [ ] Do a\n",
    "in/b.md": "# B\n\n- [ ] Do b\n",
    "in/c.md": "# C\n\n- [ ] Do c\n",
  });
  await using server = await startScriptedServer(answerDocument);
  const clock = hurriedClock();
  const hours = hoursFrom(clock.now(), 3, 5);
  const config = configFor(server.url, folder.file("in"), hours);
  await using daemon = await startTestDaemon(folder, config, clock);
  const { client } = daemon;
  expect(await daemon.endedRun(1)).toMatchObject({
    trigger: "startup",
    status: "success",
    files: { pending: 3 },
    error: null,
  });
  const waits = "pending: outside_hours";
  expect(await statesOf(daemon)).toEqual({ "a.md": waits, "b.md": waits, "c.md": waits });
  expect(server.requests).toHaveLength(0);
  const status = await client.status();
  expect(status).toMatchObject({ state: "idle", problems: [] });
  const backlog = status.agents[0]?.backlog;
  expect(backlog).toMatchObject({ total: 3, waiting: 3 });
  expect(toLocalTime(Date.parse(backlog?.waiting_until ?? ""))).toBe(hours.slice(0, 5));

  await daemon.run("test", { paths: [folder.file("in/a.md")] });
  expect(await statesOf(daemon)).toEqual({ "a.md": "done", "b.md": waits, "c.md": waits });
  const { file_id = "" } = (await client.files({ path: folder.file("in/b.md") })).items[0] ?? {};
  await client.retryFile(file_id);
  await waitFor("what a person tries again is done", async () => {
    return (await statesOf(daemon))["b.md"] === "done";
  });
  expect((await statesOf(daemon))["c.md"]).toBe(waits);

  clock.jump(3 * HOUR_MS);
  await waitFor("the rest is done in the hours", async () => {
    return (await statesOf(daemon))["c.md"] === "done";
  });
});

test("a file that is read when the hours end is read to its end", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Do a\n" });
  const clock = hurriedClock();
  await using server = await startScriptedServer((request) => {
    clock.jump(2 * HOUR_MS);
    return answerDocument(request);
  });
  const config = configFor(server.url, folder.file("in"), hoursFrom(clock.now(), -1, 1));
  await using daemon = await startTestDaemon(folder, config, clock);
  expect(await daemon.endedRun(1)).toMatchObject({ status: "success", files: { processed: 1 } });
  folder.write("in/b.md", "# B\n\n- [ ] Do b\n");
  await waitFor("the next one waits", async () => {
    return (await statesOf(daemon))["b.md"] === "pending: outside_hours";
  });
  expect(server.requests.length).toBeGreaterThan(1);
});

test.each(["while the daemon runs", "while no daemon runs"])(
  "files wait for no hours of a wrong clock, or of settings that were changed, %s",
  async (when) => {
    using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Do a\n" });
    await using server = await startScriptedServer(answerDocument);
    const clock = hurriedClock();
    const { now } = clock;
    const write = (hours: string): string => configFor(server.url, folder.file("in"), hours);
    const isWaiting = (daemon: TestDaemon, name: string) => async () =>
      (await statesOf(daemon))[name] === "pending: outside_hours";
    // Five years and three hours ahead, the hours lie three hours ahead.
    const hours = hoursFrom(now(), -1, 2);
    clock.jump(FIVE_YEARS_MS + 3 * HOUR_MS);
    let daemon = await startTestDaemon(folder, write(hours), clock);
    const change = async (edit: () => void): Promise<void> => {
      if (when === "while the daemon runs") return edit();
      await daemon[Symbol.asyncDispose]();
      edit();
      daemon = await startTestDaemon(folder, undefined, clock);
    };
    const isDone = async (name: string): Promise<boolean> =>
      (await statesOf(daemon))[name] === "done";
    try {
      await waitFor("the file waits", isWaiting(daemon, "a.md"));
      await change(() => clock.jump(-FIVE_YEARS_MS - 3 * HOUR_MS));
      await waitFor("it is done once the clock is right", () => isDone("a.md"));

      clock.jump(3 * HOUR_MS);
      folder.write("in/b.md", "# B\n\n- [ ] Do b\n");
      await waitFor("the next file waits", isWaiting(daemon, "b.md"));
      await change(() => {
        folder.write(
          "home/config.yaml",
          `version: 1\nserver: { port: 0 }\n${write(hoursFrom(now(), -1, 1))}`,
        );
      });
      await waitFor("it is done once the hours are others", () => isDone("b.md"));
    } finally {
      await daemon[Symbol.asyncDispose]();
    }
  },
);

test("what the rules read instead of the model waits for no hours", async () => {
  using folder = testFolder({
    "in/a.md": "# A\n\n- [ ] Do a\n",
    "own/b.md": "# B\n\n- [ ] Do b\n",
  });
  await using server = await startScriptedServer(answerDocument);
  const clock = hurriedClock();
  const config = `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null, hours: "${hoursFrom(clock.now(), 3, 5)}" }
agents:
  - id: test
    directories:
      - { path: "${folder.file("in")}" }
      - { path: "${folder.file("own")}", sends: never, fallback: rules }
    settle_seconds: 0
`;
  await using daemon = await startTestDaemon(folder, config, clock);
  await waitFor("each is settled", async () => {
    const states = await statesOf(daemon);
    return states["a.md"] === "pending: outside_hours" && states["b.md"] === "done";
  });
  expect(server.requests).toHaveLength(0);
});
