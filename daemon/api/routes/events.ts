import { eventsHeaders, toldEventSchema } from "../../protocol/event.ts";
import type { App, Door } from "../door.ts";

export function eventRoutes(app: App, { streams }: Door): void {
  app.get(
    "/api/events",
    // HEAD would wait for the end of the stream.
    {
      exposeHeadRoute: false,
      schema: {
        about: {
          id: "events",
          tag: "daemon",
          summary: "Follow events as they happen",
          codes: ["too_many_streams"],
          stream: toldEventSchema,
        },
        headers: eventsHeaders,
      },
    },
    ({ headers }, reply) => {
      streams.open(reply.raw, headers["last-event-id"]);
      reply.hijack();
    },
  );
}
