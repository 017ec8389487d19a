import { pageSchema } from "../../protocol/api.ts";
import { searchItem, searchQuery } from "../../protocol/search.ts";
import { search } from "../../journal/search.ts";
import type { App, Door } from "../door.ts";

export function searchRoutes(app: App, { journal }: Door): void {
  app.get(
    "/api/search",
    {
      schema: {
        about: {
          id: "search",
          tag: "entities",
          summary:
            "Find projects, tasks, notes and files that contain all of these words, best match first; for very common words the newest first",
        },
        querystring: searchQuery,
        response: { 200: pageSchema(searchItem) },
      },
    },
    ({ query }) => search(journal, query),
  );
}
