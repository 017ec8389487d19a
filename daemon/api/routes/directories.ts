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
            "Directories that hold files, by agent and path, with how many are in which state",
        },
        querystring: directoriesQuery,
        response: { 200: pageSchema(directoryView) },
      },
    },
    ({ query }) => listDirectories(journal, query),
  );
}
