import type { Control } from "../../daemon/api/control.ts";
import { startServer, type ServerOptions } from "../../daemon/api/server.ts";
import { silentLogger } from "../../daemon/core/logger.ts";
import { type EventBus, openBus } from "../../daemon/events/bus.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { fakeClock, type FakeClock } from "./fake-clock.ts";
import { type Answer, fetchPage, type PageRequest, send, sendRaw } from "./request.ts";
import { openTestJournal } from "./test-journal.ts";

/** The server alone on a free port: a real journal, and no daemon behind it. */
export interface OpenServer extends AsyncDisposable {
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly authority: string;
  readonly token: string;
  /** The origin that a browser opens. */
  readonly pageUrl: string;
  readonly clock: FakeClock;
  readonly journal: Journal;
  readonly events: EventBus;
  /** The methods of `Control` that routes called; each call fails. */
  readonly asked: readonly string[];
  send(method: string, path: string, body?: unknown): Promise<Answer>;
  sendRaw(message: string): Promise<string>;
  /** Asks at the page's origin, without the token. */
  fetchPage(path?: string, init?: PageRequest): Promise<Response>;
}

export const TOKEN = "t0ken-of-the-running-daemon-43-characters-aa";

/** @param options.control the few methods that a test of the server itself has to provoke */
export async function openServer({
  control = {},
  ...options
}: Partial<Pick<ServerOptions, "host" | "port" | "logger" | "page">> & {
  control?: Partial<Control>;
} = {}): Promise<OpenServer> {
  await using opened = new AsyncDisposableStack();
  const { journal } = opened.use(await openTestJournal());
  const events = openBus(journal);
  opened.defer(() => events.close());
  const clock = fakeClock("2026-03-01T08:00:00Z");
  const asked: string[] = [];
  const server = await startServer({
    host: "127.0.0.1",
    port: 0,
    control: refusingControl(asked, control),
    journal,
    events,
    token: TOKEN,
    logger: silentLogger,
    clock,
    ...options,
  });
  opened.defer(() => server.close());
  const place = { url: server.url, token: TOKEN };
  const everything = opened.move();
  return {
    ...place,
    authority: new URL(server.url).host,
    pageUrl: server.pageUrl,
    clock,
    journal,
    events,
    asked,
    send: (method, path, body) => send(place, method, path, body),
    sendRaw: (message) => sendRaw(place, message),
    fetchPage: (path, init) => fetchPage(server.pageUrl, path, init),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** Has a version and the given methods. Every other one notes its name in `asked` and fails. */
export function refusingControl(asked: string[] = [], given: Partial<Control> = {}): Control {
  const known = { version: "1.2.3", ...given };
  return new Proxy(known as Control, {
    get(target, name: string) {
      if (name in target) return target[name as keyof Control];
      return () => {
        asked.push(name);
        throw new Error(`A route called control.${name}().`);
      };
    },
  });
}
