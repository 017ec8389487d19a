import { listSent } from "../../journal/sent-views.ts";
import { pageSchema } from "../../protocol/api.ts";
import { sentQuery, sentRequest } from "../../protocol/sent.ts";
import type { App, Door } from "../door.ts";

export function sentRoutes(app: App, { journal }: Door): void {
  app.get(
    "/api/sent",
    {
      schema: {
        about: {
          id: "listSent",
          tag: "runs",
          summary: "List the requests that left the daemon, newest first",
        },
        querystring: sentQuery,
        response: { 200: pageSchema(sentRequest) },
      },
    },
    ({ query }) => listSent(journal, query),
  );
}
