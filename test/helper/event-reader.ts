import { type ClientRequest, type IncomingMessage, request as sendHttp } from "node:http";
import { once } from "node:events";
import type { ToldEvent } from "../../daemon/protocol/event.ts";
import { waitFor } from "./program.ts";

/** A client of GET /api/events that keeps what it is told. */
export interface EventReader extends AsyncDisposable {
  readonly answer: IncomingMessage;
  /** Every block as it came, comments too. */
  readonly blocks: string[];
  /** The events among them, each with the id that stood above it. */
  events(): ToldEvent[];
  /** Waits until there are so many events. */
  until(count: number): Promise<ToldEvent[]>;
  /** Waits for one that fits. */
  find(what: string, fits: (event: ToldEvent) => boolean): Promise<ToldEvent>;
  /** Resolves once the server has ended it. */
  readonly ended: Promise<unknown>;
}

/** Opens a stream; resolves once its head is there. */
export async function openEvents(
  { url, token }: { url: string; token: string },
  lastEventId?: number | string,
): Promise<EventReader> {
  const sent = askForEvents({ url, token }, lastEventId);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const blocks: string[] = [];
  let text = "";
  answer.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (text + chunk).split("\n\n");
    text = parts.pop() ?? "";
    blocks.push(...parts);
  });
  // Cut off, or ended: both are its end.
  const ended = once(answer, "close").catch(() => {});
  answer.on("error", () => {});
  const reader: EventReader = {
    answer,
    blocks,
    ended,
    events: () => blocks.flatMap(toEvent),
    until: (count) =>
      waitFor(`${count} events come`, () => {
        const events = reader.events();
        return events.length >= count && events;
      }),
    find: (what, fits) => waitFor(what, () => reader.events().find(fits)),
    async [Symbol.asyncDispose]() {
      sent.destroy();
      await ended;
    },
  };
  return reader;
}

/** Sends the request alone: what comes back is not read. */
export function askForEvents(
  { url, token }: { url: string; token: string },
  lastEventId?: number | string,
): ClientRequest {
  const headers = {
    ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
    ...(lastEventId === undefined ? {} : { "last-event-id": String(lastEventId) }),
  };
  const sent = sendHttp(`${url}/api/events`, { headers, agent: false });
  sent.on("error", () => {});
  return sent.end();
}

function toEvent(block: string): ToldEvent[] {
  const lines = block.split("\n");
  const valueOf = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = valueOf("data");
  if (data === undefined) return [];
  const event = JSON.parse(data) as ToldEvent;
  if (valueOf("id") !== String(event.event_id) || valueOf("event") !== event.type) {
    throw new Error(`The lines above the data say something else: ${block}`);
  }
  return [event];
}
