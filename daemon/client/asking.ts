import type { z } from "zod";
import { type listQuery, type Page, pageSchema } from "../protocol/api.ts";
import { badAnswer, requestJson } from "./request.ts";

/** The fields of a query; an undefined field is left out. */
export type Query<Schema extends z.ZodType> = {
  [Field in keyof z.output<Schema>]?: z.output<Schema>[Field] | undefined;
};

export interface AskingOptions {
  /** Where the daemon is, e.g. `http://127.0.0.1:4770`. */
  url: string;
  token: string;
  /** Ends every request in progress. */
  signal?: AbortSignal | undefined;
  /** For a whole request; by default 30 s, and 30 minutes for `verify` and `backUp`. */
  timeoutMs?: number | undefined;
}

/** How the routes of a client ask. */
export interface Asking {
  /** Sends a request and checks the answer against its schema. */
  send<Answer>(
    answer: z.ZodType<Answer>,
    method: string,
    path: string,
    body?: unknown,
    more?: { headers?: Readonly<Record<string, string>>; isSlow?: boolean },
  ): Promise<Answer>;
  /** Gets a page of a list. */
  list<Item>(
    item: z.ZodType<Item>,
    path: string,
    query: Query<typeof listQuery>,
  ): Promise<Page<Item>>;
  /** Sends a request; gives its answer unchecked. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
}

export const TIMEOUT_MS = 30_000;
// Walking every directory may meet network shares, and a backup copies everything.
const SLOW_TIMEOUT_MS = 30 * 60_000;

export function createAsking({ url, token, signal, timeoutMs }: AskingOptions): Asking {
  const asking: Asking = {
    async send(answer, method, path, body, { headers = {}, isSlow = false } = {}) {
      const patience = timeoutMs ?? (isSlow ? SLOW_TIMEOUT_MS : TIMEOUT_MS);
      const options = { url, token, signal, timeoutMs: patience, headers };
      const result = answer.safeParse(await requestJson(options, method, path, body));
      if (result.success) return result.data;
      throw badAnswer(`The answer to ${path} is not as expected.`, result.error);
    },
    list: (item, path, query) => asking.send(pageSchema(item), "GET", path + toSearch(query)),
    request: (method, path, body) =>
      requestJson({ url, token, signal, timeoutMs: timeoutMs ?? TIMEOUT_MS }, method, path, body),
  };
  return asking;
}

/** Puts an id into a path, whatever characters it has. */
export function toPath(before: string, id: string, after = ""): string {
  return before + encodeURIComponent(id) + after;
}

export function toSearch(query: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? "" : `?${search.toString()}`;
}
