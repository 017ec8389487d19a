import { z } from "zod";
import { type DescribedRoute, describeRoutes } from "../openapi.ts";
import type { App, Door } from "../door.ts";

/** Describes itself and every route that is registered after it. */
export function openapiRoutes(app: App, { control }: Door): void {
  const routes: DescribedRoute[] = [];
  app.addHook("onRoute", (route) => {
    routes.push(route);
  });
  // Made at the first request: most daemons never get one.
  let document: Record<string, unknown> | undefined;
  app.get(
    "/api/openapi.json",
    {
      schema: {
        about: { id: "getOpenapi", tag: "daemon", summary: "Get this description of the API" },
        response: { 200: z.record(z.string(), z.unknown()) },
      },
    },
    () => (document ??= describeRoutes(routes, control.version)),
  );
}
