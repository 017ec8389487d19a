import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { connect } from "../../daemon/client/discover.ts";
import { readEvents } from "../../daemon/client/events.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import type { ToldEvent } from "../../daemon/protocol/event.ts";
import { daemonFile } from "../cli/run-in-process.ts";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { openDoor } from "../helper/open-door.ts";
import { createClient } from "../../daemon/client/client.ts";

const HASTE = { firstRetryMs: 5, lastRetryMs: 20, silenceMs: 30_000 };
const AT = "2026-03-01T08:00:00.000Z";

const block = (event_id: number, type = "config.changed"): string =>
  `id: ${event_id}\nevent: ${type}\ndata: ${JSON.stringify({ type, event_id, created_at: AT })}\n\n`;

/** A server that answers each connection in turn by the next of these; with none left it fails the test. */
async function scriptStreams(
  script: readonly ((answer: ServerResponse, request: IncomingMessage) => void)[],
) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, answer) => {
    asked.push(request.headers["last-event-id"] as string | undefined);
    const step = script[asked.length - 1];
    if (step === undefined) throw new Error("asked once more than expected");
    step(answer, request);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    locate: async () => ({ url: `http://127.0.0.1:${port}`, token: "t" }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const stream = (answer: ServerResponse): ServerResponse =>
  answer.writeHead(200, { "content-type": "text/event-stream" });

async function take(events: AsyncGenerator<ToldEvent>, count: number): Promise<number[]> {
  const ids: number[] = [];
  for await (const { event_id } of events) {
    ids.push(event_id);
    if (ids.length === count) break;
  }
  return ids;
}

test("a stream that breaks off is opened again after the last event, whatever was cut off", async () => {
  await using server = await scriptStreams([
    (answer) =>
      stream(answer).write(`: hello\nid: 3\n\n${block(4)}${block(5).slice(0, 20)}`, () =>
        answer.destroy(),
      ),
    (answer) => answer.destroy(),
    (answer) => stream(answer).end(block(5)),
    (answer) => stream(answer).write(`${block(6)}: still here\n\n`),
  ]);
  const states: string[] = [];
  const onState = (state: string): void => void states.push(state);
  expect(await take(readEvents(server.locate, { onState }, HASTE), 3)).toEqual([4, 5, 6]);
  expect(server.asked).toEqual([undefined, "4", "4", "5"]);
  expect(states).toEqual(["open", "lost", "open", "lost", "open"]);
});

test("a client that was told nothing yet resumes at the id that the stream began with", async () => {
  await using server = await scriptStreams([
    (answer) => stream(answer).end(": hello\nid: 12\n\n"),
    (answer) => stream(answer).write(block(13)),
  ]);
  expect(await take(readEvents(server.locate, {}, HASTE), 1)).toEqual([13]);
  expect(server.asked).toEqual([undefined, "12"]);
});

test("a connection on which nothing comes, not even a heartbeat, is given up", async () => {
  await using server = await scriptStreams([
    (answer) => stream(answer).write(block(1)),
    (answer) => stream(answer).write(block(2)),
  ]);
  const impatient = { ...HASTE, silenceMs: 100 };
  expect(await take(readEvents(server.locate, { lastEventId: 0 }, impatient), 2)).toEqual([1, 2]);
  expect(server.asked).toEqual(["0", "1"]);
});

test("an event of a type that is not known is passed over, and is not asked for again", async () => {
  await using server = await scriptStreams([
    (answer) => stream(answer).end(block(1, "moon.risen")),
    (answer) => stream(answer).write(block(2)),
  ]);
  expect(await take(readEvents(server.locate, { lastEventId: 0 }, HASTE), 1)).toEqual([2]);
  expect(server.asked).toEqual(["0", "1"]);
});

test("an event that is not what its type says ends it, with the type", async () => {
  await using server = await scriptStreams([
    (answer) => stream(answer).write(block(1, "run.started")),
  ]);
  await expect(take(readEvents(server.locate, {}, HASTE), 1)).rejects.toMatchObject({
    code: "internal",
    message: expect.stringContaining("run.started"),
  });
});

test("what the daemon refuses for good is thrown; aborting ends a stream, and a wait for the next", async () => {
  await using door = await openDoor();
  const stranger = createClient({ url: door.url, token: "wrong" });
  await expect(stranger.events().next()).rejects.toMatchObject({ code: "unauthorized" });
  const leaving = new AbortController();
  const client = createClient(door);
  const onState = (): void => leaving.abort();
  await expect(client.events({ signal: leaving.signal, onState }).next()).rejects.toThrow(/abort/u);
  const nobody = createClient({ url: "http://127.0.0.1:1", token: "t" });
  const gone = AbortSignal.timeout(50);
  await expect(nobody.events({ signal: gone }).next()).rejects.toMatchObject({
    name: /Abort|Timeout/u,
  });
});

test("a client of a home follows its daemon over a restart, on another port with another token", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Do a\n" });
  const paths = resolvePaths({
    env: { AGENT_RUNNER_HOME: folder.file("home") },
    platform: process.platform,
    userHome: folder.path,
  });
  const yaml = `agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]\n`;
  const first = await startTestDaemon(folder, yaml);
  folder.write("home/daemon.json", daemonFile(first.daemon));
  const client = await connect(paths);
  const states: string[] = [];
  const onState = (state: string): void => void states.push(state);
  const events = client.events({ lastEventId: 0, onState });
  await first.run("test");
  const seen: ToldEvent[] = [];
  const readRun = async (): Promise<void> => {
    for (;;) {
      const { value } = await events.next();
      if (value === undefined) return;
      seen.push(value);
      if (value.type === "run.completed") return;
    }
  };
  await readRun();
  await first[Symbol.asyncDispose]();
  await using second = await startTestDaemon(folder, undefined);
  folder.write("home/daemon.json", daemonFile(second.daemon));
  await second.run("test");
  await readRun();
  await events.return();
  expect(seen.map(({ event_id }) => event_id)).toEqual(seen.map((_, at) => at + 1));
  expect(seen.filter(({ type }) => type === "run.completed")).toHaveLength(2);
  expect(states).toEqual(["open", "lost", "open"]);
});
