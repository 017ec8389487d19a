import { activity, activityQuery, usagePage, usageQuery } from "../../protocol/usage.ts";
import { listActivity, listUsage } from "../../journal/usage.ts";
import type { App, Door } from "../door.ts";

export function usageRoutes(app: App, { journal, clock }: Door): void {
  app.get(
    "/api/usage",
    {
      schema: {
        about: {
          id: "listUsage",
          tag: "runs",
          summary: "Sum up model requests by day, agent or model",
        },
        querystring: usageQuery,
        response: { 200: usagePage },
      },
    },
    ({ query }) => listUsage(journal, query),
  );

  app.get(
    "/api/activity",
    {
      schema: {
        about: {
          id: "listActivity",
          tag: "runs",
          summary: "Count files and sum up their requests for each of the last days",
        },
        querystring: activityQuery,
        response: { 200: activity },
      },
    },
    ({ query }) => listActivity(journal, query.days, clock.now()),
  );
}
