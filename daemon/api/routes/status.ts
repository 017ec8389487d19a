import { statusSchema } from "../../protocol/api.ts";
import type { App, Door } from "../door.ts";

export function statusRoutes(app: App, { control }: Door): void {
  app.get("/api/status", { schema: { response: { 200: statusSchema } } }, () => control.status());
}
