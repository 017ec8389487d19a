/**
 * The other side of the API: every route as a typed method, for commands, the tray and tests. The token goes
 * to the daemon's address and nowhere else; no request is repeated; what the daemon refuses arrives as the
 * RunnerError it threw. It keeps nothing, so a crash costs the requests in progress.
 */
import type { ToldEvent } from "../protocol/event.ts";
import { agentRoutes } from "./agents.ts";
import { type AskingOptions, createAsking, TIMEOUT_MS } from "./asking.ts";
import { daemonRoutes } from "./daemon-routes.ts";
import { entityRoutes } from "./entities.ts";
import { type EventsOptions, readEvents } from "./events.ts";
import { recordRoutes } from "./records.ts";
import { askJson, type Place } from "./request.ts";

export interface ClientOptions extends AskingOptions {
  /** Where the daemon is now, for `events`, which outlive a daemon; left out: at `url`. */
  locate?: () => Promise<Place>;
}

export type Client = ReturnType<typeof createClient>;

/** A client of the daemon at `url`. Sends nothing until a method is called. */
export function createClient({ locate, ...options }: ClientOptions) {
  const { url, token, signal, timeoutMs = TIMEOUT_MS } = options;
  const asking = createAsking(options);
  return {
    url,
    /** Any route: its answer as it is; undefined for an empty answer. */
    request: asking.request,
    /** Any route: its status and its answer, a problem too. */
    ask: (
      method: string,
      path: string,
      body?: unknown,
      headers: Readonly<Record<string, string>> = {},
    ) => askJson({ url, token, signal, timeoutMs, headers }, method, path, body),
    /** New events in order, each once, until you stop asking: see {@link readEvents}. */
    events(following: EventsOptions = {}): AsyncGenerator<ToldEvent, void, undefined> {
      const signals = [signal, following.signal].filter((one) => one !== undefined);
      const either = signals.length === 0 ? undefined : AbortSignal.any(signals);
      return readEvents(locate ?? (async () => ({ url, token })), { ...following, signal: either });
    },
    ...daemonRoutes(asking),
    ...agentRoutes(asking),
    ...recordRoutes(asking),
    ...entityRoutes(asking),
  };
}
