import type { IncomingMessage } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { isAbort, RunnerError } from "../core/errors.ts";
import { EVENT_TYPES, type ToldEvent, toldEventSchema } from "../protocol/event.ts";
import { badAnswer, openAnswer, type Place } from "./request.ts";

export interface EventsOptions {
  /** Begins after this event; 0: with the oldest that is kept; left out: only new events. */
  lastEventId?: number | undefined;
  /** Ends the stream: it throws what the signal was aborted with. */
  signal?: AbortSignal | undefined;
  /** Called when the stream is open, and when it broke off and will be opened again. */
  onState?: ((state: "open" | "lost") => void) | undefined;
}

/** How patient a stream is, in milliseconds. */
export interface EventsPatience {
  firstRetryMs: number;
  lastRetryMs: number;
  /** After this time without data, not even a heartbeat (every 15 s), the connection counts as dead. */
  silenceMs: number;
}

const PATIENCE: EventsPatience = { firstRetryMs: 1_000, lastRetryMs: 30_000, silenceMs: 45_000 };
// An event has a path and a message, and stays far below this.
const LONGEST_BLOCK = 1_000_000;

/**
 * Events in order, each once. When the stream breaks off, it is opened again after a second at first and half
 * a minute at most, and continues after the last event. A `stream.reset` says that events were missed: read
 * again what you know from earlier events.
 *
 * @param locate finds the daemon, at each connection
 * @throws what the daemon refuses for good, or the reason of the signal
 */
export async function* readEvents(
  locate: () => Promise<Place>,
  { lastEventId, signal, onState }: EventsOptions,
  patience: EventsPatience = PATIENCE,
): AsyncGenerator<ToldEvent, void, undefined> {
  let last = lastEventId;
  let retryMs = patience.firstRetryMs;
  for (;;) {
    signal?.throwIfAborted();
    let answer: IncomingMessage | undefined;
    try {
      answer = await openStream(await locate(), last, signal, patience.silenceMs);
      onState?.("open");
      for await (const { id, type, data } of readBlocks(answer)) {
        retryMs = patience.firstRetryMs;
        const event = type === undefined ? undefined : parseEvent(type, data);
        if (id !== undefined) last = id;
        if (event !== undefined) yield event;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error)) throw error;
    } finally {
      answer?.destroy();
    }
    if (answer !== undefined) onState?.("lost");
    // Spread out, so that clients do not all connect at once when a daemon is back.
    await wait(retryMs * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {});
    retryMs = Math.min(retryMs * 2, patience.lastRetryMs);
  }
}

async function openStream(
  { url, token }: Place,
  lastEventId: number | undefined,
  signal: AbortSignal | undefined,
  silenceMs: number,
): Promise<IncomingMessage> {
  const headers = {
    accept: "text/event-stream",
    ...(lastEventId === undefined ? {} : { "last-event-id": String(lastEventId) }),
  };
  const request = { method: "GET", path: "/api/events", headers };
  const answer = await openAnswer({ url, token, timeoutMs: silenceMs, signal }, request);
  answer.setTimeout(silenceMs, () => answer.destroy());
  return answer;
}

/** One block of a stream: an event, an id alone, or neither. */
interface Block {
  id?: number;
  type?: string;
  data: string;
}

async function* readBlocks(answer: IncomingMessage): AsyncGenerator<Block, void, undefined> {
  answer.setEncoding("utf8");
  let text = "";
  for await (const chunk of answer) {
    text += String(chunk);
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    if (text.length > LONGEST_BLOCK) throw badAnswer("An event has no end.");
    for (const block of blocks) yield parseBlock(block);
  }
}

function parseBlock(text: string): Block {
  const block: Block = { data: "" };
  for (const line of text.split("\n")) {
    const [, name, value = ""] = /^(\w+): ?(.*)$/u.exec(line) ?? [];
    if (name === "id") block.id = Number(value);
    else if (name === "event") block.type = value;
    else if (name === "data") block.data += value;
  }
  return block;
}

/** The event; undefined for a type that only a newer daemon has. */
function parseEvent(type: string, data: string): ToldEvent | undefined {
  if (!EVENT_TYPES.has(type)) return undefined;
  try {
    return toldEventSchema.parse(JSON.parse(data));
  } catch (error) {
    throw badAnswer(`An event of type ${type} is not as expected.`, error);
  }
}

/** Whether to try again: the daemon stops, starts, or is out of reach. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof RunnerError)) return !isAbort(error);
  return error.kind === "transient" || error.code === "daemon_not_running";
}
