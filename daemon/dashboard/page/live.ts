/** The events of the daemon, over one stream per tab. */
import type { ToldEvent } from "../../protocol/event.ts";
import { ApiError, send } from "./api.ts";
import { followToken, session } from "./session.ts";
import { createStore } from "./store.ts";

export type Connection = "connecting" | "live" | "lost" | "resting";
export const connection = createStore<Connection>("connecting");

type Listener = (event: ToldEvent) => void;
const listeners = new Set<Listener>();

/** Calls back for each event, in order. A `stream.reset` says that something was missed. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
// The daemon sends a comment every 15 seconds.
const SILENCE_MS = 45_000;
// A browser has six connections to a host: a hidden tab gives up its own.
const REST_AFTER_MS = 60_000;

let lastId: number | undefined;
let ending: AbortController | undefined;
let restTimer: ReturnType<typeof setTimeout> | undefined;

/** Follows the events while the tab is signed in and visible. */
export function startLive(): void {
  followToken((token) => {
    // Ids continue after a restart: they are in the journal.
    stop();
    if (token !== "") start();
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(restTimer);
    if (document.hidden) {
      restTimer = setTimeout(() => {
        stop();
        connection.set("resting");
      }, REST_AFTER_MS);
    } else if (ending === undefined && session.get().is === "in") start();
  });
}

function stop(): void {
  ending?.abort();
  ending = undefined;
}

function start(): void {
  ending = new AbortController();
  connection.set("connecting");
  void follow(ending.signal);
}

async function follow(signal: AbortSignal): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (lastId !== undefined) headers["last-event-id"] = String(lastId);
      const silence = new AbortController();
      const either = AbortSignal.any([signal, silence.signal]);
      const response = await send("/api/events", { headers, signal: either });
      connection.set("live");
      retryMs = FIRST_RETRY_MS;
      await readStream(response, silence);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.code === "unauthorized") return;
    }
    if (signal.aborted) return;
    connection.set("lost");
    await new Promise((resolve) => setTimeout(resolve, retryMs * (0.5 + Math.random() / 2)));
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  }
}

async function readStream(response: Response, silence: AbortController): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader !== undefined) {
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    const { done, value } = await reader.read();
    clearTimeout(timer);
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) emit(block);
  }
}

function emit(block: string): void {
  const id = /^id: ?(\d+)$/m.exec(block)?.[1];
  const data = /^data: ?(.+)$/m.exec(block)?.[1];
  if (id !== undefined) lastId = Number(id);
  if (data === undefined) return;
  const event = JSON.parse(data) as ToldEvent;
  for (const listener of Array.from(listeners)) listener(event);
}
