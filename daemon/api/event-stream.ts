import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Clock } from "../core/clock.ts";
import { isAbort, RunnerError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { ToldEvent } from "../protocol/event.ts";

/** Recorded events, as the API reads them. */
export interface EventFeed {
  /** The id of the newest event; 0: there is no event yet. */
  newest(): number;
  /** The events after an id, in order, at most a page of them. */
  read(after: number): readonly ToldEvent[];
  /** Resolves once there is an event after an id; rejects with the signal's reason. */
  wait(after: number, signal: AbortSignal): Promise<void>;
}

/** The open streams of events (text/event-stream). */
export interface EventStreams {
  /**
   * Answers with the events after an id, then with each new event until the client leaves.
   *
   * @param after undefined: only new events
   * @throws too_many_streams
   */
  open(response: ServerResponse, after: number | undefined): void;
  /** Ends every stream. */
  close(): Promise<void>;
}

// A page, a tray and some commands stay below this.
const MOST = 16;
// Proxies and clients close a connection that is silent for a minute.
const HEARTBEAT_MS = 15_000;
// A client that reads nothing for this long loses its connection; it can resume at its last event.
const STALLED_MS = 60_000;
// How long a client should wait before it connects again.
const RETRY_MS = 1_000;

interface StreamOptions {
  clock: Clock;
  logger: Logger;
}

export function createEventStreams(feed: EventFeed, options: StreamOptions): EventStreams {
  const open = new Map<AbortController, Promise<void>>();
  return {
    open(response, after) {
      if (open.size >= MOST) {
        throw new RunnerError("too_many_streams", `${MOST} streams of events are open already.`, {
          hint: "Close a page or a program that follows Agent Runner, and try again.",
        });
      }
      const ending = new AbortController();
      const newest = feed.newest();
      const isUnknown = after !== undefined && after > newest;
      const start = after === undefined || isUnknown ? newest : after;
      response.once("close", () => ending.abort());
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
      const { signal } = ending;
      const chunks = writeChunks(feed, options.clock, { start, isUnknown, signal });
      const done = pump(response, chunks, signal, options).finally(() => {
        open.delete(ending);
        if (!response.destroyed) response.end();
      });
      open.set(ending, done);
    },
    async close() {
      const all = [...open];
      for (const [ending] of all) ending.abort();
      await Promise.all(all.map(([, done]) => done));
    },
  };
}

/** The text of a stream, one chunk at a time: the next is made when the last was sent, so a slow client slows only itself. */
async function* writeChunks(
  feed: EventFeed,
  clock: Clock,
  { start, isUnknown, signal }: { start: number; isUnknown: boolean; signal: AbortSignal },
): AsyncGenerator<string, void, undefined> {
  let position = start;
  // With the id, so that a client that leaves before the first event can resume too.
  yield `: agent-runner\nid: ${position}\nretry: ${RETRY_MS}\n\n`;
  if (isUnknown) yield encode(toReset(clock, "unknown_id", position));
  for (;;) {
    signal.throwIfAborted();
    const page = feed.read(position);
    const [first] = page;
    if (first === undefined) {
      if (!(await hasNews(feed, clock, position, signal))) yield ": still here\n\n";
      continue;
    }
    // Position 0 asks for everything that is kept, so nothing is missing before the first event.
    const isPruned = position > 0 && first.event_id > position + 1;
    const reset = isPruned ? encode(toReset(clock, "pruned", first.event_id - 1)) : "";
    yield reset + page.map(encode).join("");
    position = page.at(-1)?.event_id ?? position;
  }
}

function toReset(clock: Clock, reason: "pruned" | "unknown_id", event_id: number): ToldEvent {
  const created_at = new Date(clock.now()).toISOString();
  return { type: "stream.reset", reason, event_id, created_at };
}

/** Waits for an event. Gives false when a heartbeat is due first. */
async function hasNews(
  feed: EventFeed,
  clock: Clock,
  after: number,
  signal: AbortSignal,
): Promise<boolean> {
  const settled = new AbortController();
  const either = AbortSignal.any([signal, settled.signal]);
  try {
    return await Promise.race([
      feed.wait(after, either).then(() => true),
      clock.sleep(HEARTBEAT_MS, either).then(() => false),
    ]);
  } finally {
    settled.abort();
  }
}

async function pump(
  response: ServerResponse,
  chunks: AsyncIterable<string>,
  signal: AbortSignal,
  { clock, logger }: StreamOptions,
): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (!response.write(chunk)) await drained(response, clock, signal);
    }
  } catch (error) {
    if (!isAbort(error)) logger.error({ err: error }, "A stream of events broke off");
  }
}

/** Waits until the client has read what was sent, and cuts the connection if it stalls. */
async function drained(response: ServerResponse, clock: Clock, signal: AbortSignal): Promise<void> {
  const settled = new AbortController();
  const either = AbortSignal.any([signal, settled.signal]);
  try {
    const isStalled = await Promise.race([
      once(response, "drain", { signal: either }).then(() => false),
      clock.sleep(STALLED_MS, either).then(() => true),
    ]);
    if (isStalled) response.destroy();
  } finally {
    settled.abort();
  }
}

function encode(event: ToldEvent): string {
  return `id: ${event.event_id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
