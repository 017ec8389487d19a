import { statusSchema } from "../../protocol/api.ts";
import type { App, Door } from "../door.ts";

export function statusRoutes(app: App, { control }: Door): void {
  app.get(
    "/api/status",
    {
      schema: {
        about: {
          id: "getStatus",
          tag: "daemon",
          summary: "Get the status of the daemon and its agents",
        },
        response: { 200: statusSchema },
      },
    },
    () => control.status(),
  );
}
