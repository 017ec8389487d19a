import { offeredModel, pageSchema } from "../../protocol/api.ts";
import type { App, Door } from "../door.ts";

export function modelRoutes(app: App, { control }: Door): void {
  app.get(
    "/api/models",
    {
      schema: {
        about: {
          id: "listModels",
          tag: "agents",
          summary: "List the models that agents could use",
        },
        response: { 200: pageSchema(offeredModel) },
      },
    },
    async () => ({
      items: await control.models(),
      next_cursor: null,
    }),
  );
}
