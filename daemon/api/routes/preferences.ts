import { readPreferences } from "../../journal/preferences.ts";
import { preferencesEdit, preferencesSchema } from "../../protocol/preferences.ts";
import type { App, Door } from "../door.ts";

export function preferenceRoutes(app: App, { control, journal }: Door): void {
  app.get(
    "/api/preferences",
    {
      schema: {
        about: {
          id: "getPreferences",
          tag: "drafts",
          summary: "Read how the page opens, as it was left",
        },
        response: { 200: preferencesSchema },
      },
    },
    () => readPreferences(journal),
  );

  app.patch(
    "/api/preferences",
    {
      schema: {
        about: {
          id: "changePreferences",
          tag: "drafts",
          summary: "Change how the page opens; what is left out stays",
          example: { filters: { "/tasks": "group=project" } },
        },
        body: preferencesEdit,
        response: { 200: preferencesSchema },
      },
    },
    ({ body }) => control.changePreferences(body),
  );
}
