import { usagePage, usageQuery } from "../../protocol/usage.ts";
import type { App, Door } from "../door.ts";

export function usageRoutes(app: App, { views }: Door): void {
  app.get(
    "/api/usage",
    {
      schema: {
        about: {
          id: "listUsage",
          tag: "runs",
          summary: "What model requests came to, by day, agent or model",
        },
        querystring: usageQuery,
        response: { 200: usagePage },
      },
    },
    ({ query }) => views.listUsage(query),
  );
}
