import { once } from "node:events";
import { expect, test } from "vitest";
import { appendEvent, pruneEvents } from "../../daemon/journal/events.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { askForEvents, openEvents } from "../helper/event-reader.ts";
import { openServer } from "../helper/open-server.ts";
import { waitFor } from "../helper/program.ts";
import { NOW } from "../helper/test-journal.ts";

function happen(journal: Journal, count: number, message = "x"): void {
  journal.transaction(() => {
    for (let at = 0; at < count; at += 1) {
      appendEvent(journal, { type: "config.invalid", message }, NOW);
    }
  });
}

const ids = (events: readonly { event_id: number }[]): number[] =>
  events.map(({ event_id }) => event_id);
const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

test("an event is told as it happens, with its id and type above it", async () => {
  await using at = await openServer();
  happen(at.journal, 3);
  await using reader = await openEvents(at);
  expect(reader.answer.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  expect(reader.answer.headers["cache-control"]).toBe("no-store");
  appendEvent(at.journal, { type: "config.changed" }, NOW);
  expect(await reader.until(1)).toEqual([{ type: "config.changed", event_id: 4, created_at: NOW }]);
  expect(reader.blocks.at(-1)).toMatch(/^id: 4\nevent: config\.changed\ndata: \{.*\}$/u);
});

test("a client that leaves before anything happened knows where to resume", async () => {
  await using at = await openServer();
  happen(at.journal, 7);
  await using reader = await openEvents(at);
  await waitFor("the stream begins", () => reader.blocks.length > 0);
  expect(reader.blocks).toEqual([expect.stringMatching(/\nid: 7\n/u)]);
});

test("everything after Last-Event-ID is told, in order and once, and then what happens", async () => {
  await using at = await openServer();
  happen(at.journal, 250);
  await using reader = await openEvents(at, 37);
  await reader.until(213);
  happen(at.journal, 120);
  expect(ids(await reader.until(333))).toEqual(upTo(370, 38));
});

test("0 asks for everything that is kept", async () => {
  await using at = await openServer();
  happen(at.journal, 20);
  pruneEvents(at.journal, { before: NOW, keep: 15, limit: 100 });
  await using reader = await openEvents(at, 0);
  expect(ids(await reader.until(15))).toEqual(upTo(20, 6));
});

test("what was pruned since is said before what is kept", async () => {
  await using at = await openServer();
  happen(at.journal, 20);
  pruneEvents(at.journal, { before: NOW, keep: 15, limit: 100 });
  await using reader = await openEvents(at, 3);
  const events = await reader.until(16);
  expect(events[0]).toMatchObject({ type: "stream.reset", reason: "pruned", event_id: 5 });
  expect(ids(events.slice(1))).toEqual(upTo(20, 6));
  // The last that was pruned is where the kept ones follow on: nothing is missed.
  await using other = await openEvents(at, 5);
  expect(ids(await other.until(15))).toEqual(upTo(20, 6));
});

test("an id that is newer than anything there is begins anew", async () => {
  await using at = await openServer();
  happen(at.journal, 4);
  await using reader = await openEvents(at, 900);
  await reader.until(1);
  happen(at.journal, 1);
  expect(await reader.until(2)).toMatchObject([
    { type: "stream.reset", reason: "unknown_id", event_id: 4 },
    { type: "config.invalid", event_id: 5 },
  ]);
});

test.each(["", "-1", "1.5", "abc", "99999999999999999999"])(
  "Last-Event-ID %j is refused with what was expected",
  async (id) => {
    await using at = await openServer();
    const answer = await fetch(`${at.url}/api/events`, {
      headers: { authorization: `Bearer ${at.token}`, "last-event-id": id },
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({
        code: "invalid_request",
        detail: expect.stringContaining("last-event-id: expected the id of an event"),
      }),
    ]);
  },
);

test("what is undone is never told", async () => {
  await using at = await openServer();
  await using reader = await openEvents(at);
  expect(() =>
    at.journal.transaction(() => {
      appendEvent(at.journal, { type: "config.changed" }, NOW);
      throw new Error("undone");
    }),
  ).toThrow("undone");
  happen(at.journal, 1, "stands");
  expect(await reader.until(1)).toMatchObject([{ event_id: 1, message: "stands" }]);
});

test("a stream on which nothing happens has a heartbeat every 15 seconds", async () => {
  await using at = await openServer();
  await using reader = await openEvents(at);
  for (const count of [2, 3, 4]) {
    await waitFor("the stream waits", () => at.clock.sleepers() === 1);
    await at.clock.advance(14_999);
    expect(reader.blocks).toHaveLength(count - 1);
    await at.clock.advance(1);
    await waitFor("a heartbeat comes", () => reader.blocks.length === count);
    expect(reader.blocks.at(-1)).toMatch(/^:/u);
  }
});

test("clients are told the same, and one page is read for all of them", async () => {
  await using at = await openServer();
  await using one = await openEvents(at);
  await using two = await openEvents(at);
  let pages = 0;
  const { all } = at.journal;
  at.journal.all = (query) => {
    pages += 1;
    return all(query);
  };
  happen(at.journal, 5);
  expect(await one.until(5)).toEqual(await two.until(5));
  expect(pages).toBe(1);
});

test("a client that does not read gets no more than fits on the way, and then all of it", async () => {
  await using at = await openServer();
  // 20 MB: far more than the buffers of two sockets.
  const large = "y".repeat(100_000);
  for (let count = 0; count < 20; count += 1) happen(at.journal, 10, large);
  let read = 0;
  const { read: readPage } = at.events;
  at.events.read = (after) => {
    read += 1;
    return readPage(after);
  };
  const sent = askForEvents(at, 0);
  const [answer] = await once(sent, "response");
  await waitFor("the stream stands still", () => at.clock.sleepers() === 1);
  expect(read).toBe(1);
  let bytes = 0;
  answer.on("data", (chunk: Buffer) => (bytes += chunk.length));
  await waitFor("all of it comes", () => bytes > 20_000_000);
  sent.destroy();
});

test("a client that takes nothing for a minute loses its place", async () => {
  await using at = await openServer();
  for (let count = 0; count < 20; count += 1) happen(at.journal, 10, "y".repeat(100_000));
  const sent = askForEvents(at, 0);
  const [answer] = await once(sent, "response");
  await waitFor("the stream stands still", () => at.clock.sleepers() === 1);
  await at.clock.advance(60_000);
  const closed = new Promise((resolve) => answer.once("close", resolve));
  answer.on("error", () => {}).resume();
  await closed;
  expect(answer.complete).toBe(false);
});

test("sixteen streams may be open; a place that is left is free again", async () => {
  await using at = await openServer();
  await using readers = new AsyncDisposableStack();
  for (let count = 0; count < 15; count += 1) readers.use(await openEvents(at));
  const last = await openEvents(at);
  const refused = await at.send("GET", "/api/events");
  expect([refused.status, refused.body.code]).toEqual([503, "too_many_streams"]);
  await last[Symbol.asyncDispose]();
  const next = await waitFor("the place is free", async () => {
    const reader = await openEvents(at);
    if (reader.answer.statusCode === 200) return reader;
    await reader[Symbol.asyncDispose]();
    return undefined;
  });
  readers.use(next);
});

test("streams end when the door closes, with no event cut off", async () => {
  await using at = await openServer();
  await using reader = await openEvents(at);
  happen(at.journal, 2);
  await reader.until(2);
  await at[Symbol.asyncDispose]();
  await reader.ended;
  expect(reader.answer.complete).toBe(true);
  expect(at.clock.sleepers()).toBe(0);
});
