import { pageSchema } from "../../protocol/api.ts";
import { directoriesQuery, directoryView } from "../../protocol/directory-view.ts";
import type { App, Door } from "../door.ts";
import { listDirectories } from "../../journal/directory-views.ts";

export function directoryRoutes(app: App, { journal }: Door): void {
  app.get(
    "/api/directories",
    {
      schema: {
        about: {
          id: "listDirectories",
          tag: "files",
          summary:
            "List directories with files, by agent and path, with the number of files in each state",
        },
        querystring: directoriesQuery,
        response: { 200: pageSchema(directoryView) },
      },
    },
    ({ query }) => listDirectories(journal, query),
  );
}
