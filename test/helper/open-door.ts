import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { EventFeed } from "../../daemon/api/event-stream.ts";
import type { PageFiles } from "../../daemon/api/page.ts";
import { startServer } from "../../daemon/api/server.ts";
import type { Logger } from "../../daemon/core/logger.ts";
import { silentLogger } from "../../daemon/core/logger.ts";
import { fakeClock, type FakeClock } from "./fake-clock.ts";
import { memoryDoor, type MemoryDoor } from "./memory-door.ts";

/** The API on a free port, over rooms in memory. */
export interface OpenDoor extends AsyncDisposable, MemoryDoor {
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly authority: string;
  readonly token: string;
  readonly clock: FakeClock;
  /** Sends with the token; a body goes as JSON. */
  send(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Writes these bytes to the port and gives all that comes back. */
  sendRaw(text: string): Promise<string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON; undefined where there is none. */
  body: ReturnType<typeof JSON.parse>;
}

export const TOKEN = "t0ken-of-the-running-daemon-43-characters-aa";

export async function openDoor(
  options: { logger?: Logger; events?: EventFeed; page?: PageFiles } = {},
): Promise<OpenDoor> {
  const memory = memoryDoor();
  const clock = fakeClock("2026-03-01T08:00:00Z");
  const { control, views } = memory;
  const { logger = silentLogger, events = memory.events } = options;
  const server = await startServer({
    host: "127.0.0.1",
    port: 0,
    control,
    views,
    events,
    page: options.page,
    token: TOKEN,
    logger,
    clock,
  });
  const { host: authority, port } = new URL(server.url);
  return {
    ...memory,
    url: server.url,
    authority,
    token: TOKEN,
    clock,
    async send(method, path, body) {
      const headers = {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      };
      const answer = await fetch(server.url + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const json = await answer.text();
      return {
        status: answer.status,
        headers: answer.headers,
        body: json === "" ? undefined : JSON.parse(json),
      };
    },
    sendRaw(message) {
      const socket = connect(Number(port), "127.0.0.1");
      socket.write(message);
      return text(socket);
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
