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
            "Projects, tasks, notes and files in which all of these words occur, best first; of very common words the newest",
        },
        querystring: searchQuery,
        response: { 200: pageSchema(searchItem) },
      },
    },
    ({ query }) => search(journal, query),
  );
}
