import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Clock } from "../core/clock.ts";
import { isAbort, RunnerError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { ToldEvent } from "../protocol/event.ts";

/** What happened, as the door reads it. */
export interface EventFeed {
  /** The id of the newest event; 0: nothing ever happened. */
  newest(): number;
  /** The events after an id, in order, at most a page of them. */
  read(after: number): readonly ToldEvent[];
  /** Resolves once there is an event after an id; rejects with the signal's reason. */
  wait(after: number, signal: AbortSignal): Promise<void>;
}

/** The streams of events that are open (text/event-stream). */
export interface EventStreams {
  /**
   * Answers with the events after an id, and goes on with what happens until the client leaves.
   *
   * @param after undefined: only what happens from now on
   * @throws too_many_streams
   */
  open(response: ServerResponse, after: number | undefined): void;
  /** Ends every stream. */
  close(): Promise<void>;
}

// A page, a tray and some commands stay below this.
const MOST = 16;
// Proxies and clients take a connection that is silent for a minute for dead.
const HEARTBEAT_MS = 15_000;
// A client that takes nothing for so long gives its place up; it resumes where it was.
const STALLED_MS = 60_000;
// What a client should wait before it connects again.
const RETRY_MS = 1_000;

export function createEventStreams(
  feed: EventFeed,
  { clock, logger }: { clock: Clock; logger: Logger },
): EventStreams {
  const open = new Map<AbortController, Promise<void>>();

  /** One chunk after another, each when the one before is on its way: a slow client is told no faster. */
  async function* tell(
    start: number,
    isUnknown: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<string, void, undefined> {
    let position = start;
    // With the id, so that who leaves before anything happened can resume all the same.
    yield `: agent-runner\nid: ${position}\nretry: ${RETRY_MS}\n\n`;
    if (isUnknown) yield encode(toReset("unknown_id", position));
    for (;;) {
      signal.throwIfAborted();
      const page = feed.read(position);
      const [first] = page;
      if (first === undefined) {
        if (!(await hasNews(position, signal))) yield ": still here\n\n";
        continue;
      }
      // 0 asks for what is kept, however much that is.
      const isPruned = position > 0 && first.event_id > position + 1;
      const reset = isPruned ? encode(toReset("pruned", first.event_id - 1)) : "";
      yield reset + page.map(encode).join("");
      position = page.at(-1)?.event_id ?? position;
    }
  }

  function toReset(reason: "pruned" | "unknown_id", event_id: number): ToldEvent {
    const created_at = new Date(clock.now()).toISOString();
    return { type: "stream.reset", reason, event_id, created_at };
  }

  /** Gives false when it is time for a heartbeat. */
  async function hasNews(after: number, signal: AbortSignal): Promise<boolean> {
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
  ): Promise<void> {
    try {
      for await (const chunk of chunks) {
        if (!response.write(chunk)) await drained(response, signal);
      }
    } catch (error) {
      if (!isAbort(error)) logger.error({ err: error }, "A stream of events broke off");
    }
  }

  async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
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
      const done = pump(response, tell(start, isUnknown, signal), signal).finally(() => {
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

function encode(event: ToldEvent): string {
  return `id: ${event.event_id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
