import type { listQuery, Page } from "../protocol/api.ts";
import type { Query } from "./asking.ts";

/** Every item of a list, page by page: `for await (const file of all(client.files, { state: "failed" }))`. */
export async function* all<Fields extends Query<typeof listQuery>, Item>(
  readPage: (query: Fields) => Promise<Page<Item>>,
  query: Fields,
): AsyncGenerator<Item, void, undefined> {
  let cursor = query.cursor;
  do {
    const page = await readPage({ ...query, cursor });
    yield* page.items;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
