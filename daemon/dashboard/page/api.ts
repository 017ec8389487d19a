import type { Problem } from "../../protocol/problem.ts";
import { CALL } from "./call.ts";
import { askWhoAnswers } from "./proof.ts";
import { expire, session } from "./session.ts";
import { forgetSent } from "./typed-text.ts";

/** Why the daemon refused a request, or that it cannot be reached (`code` is "unreachable"). */
export class ApiError extends Error {
  readonly code: string;
  readonly hint: string | null;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(problem: Pick<Problem, "code" | "detail" | "hint">) {
    super(problem.detail);
    const { code, hint, detail: _detail, ...data } = problem;
    this.code = code;
    this.hint = hint;
    this.data = data;
  }
}

export interface RequestOptions {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** Lets the request outlive the page; its body has less than 64 KiB. */
  keepalive?: boolean;
}

export const DRAFTS = "/api/drafts";
/** What is sent there is not saved by that. */
const SAVES_NOTHING = [DRAFTS, "/api/config/check"];

/** Asks the daemon. `daemon/protocol` has the type of each answer. @throws ApiError */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** @throws ApiError */
export const get = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  request<T>(path, signal ? { signal } : {});

/** @throws ApiError */
export const post = <T>(path: string, body: unknown = {}): Promise<T> =>
  request<T>(path, { method: "POST", body });

/** Asks the daemon, and gives its answer unread. @throws ApiError unless the answer is a success */
export async function send(path: string, options: RequestOptions): Promise<Response> {
  const state = session.get();
  const token = state.is === "in" ? state.token : "";
  const { method = "GET", body, headers, signal, keepalive = false } = options;
  const answerer = await askWhoAnswers(token);
  signal?.throwIfAborted();
  if (answerer === "silent") throw unreachable("it is silent");
  if (answerer === "gone") {
    expire(token);
    throw unreachable("the address is not its own any more");
  }
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
      keepalive,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(String(error));
  }
  if (response.ok) {
    if (!SAVES_NOTHING.some((one) => path.startsWith(one))) forgetSent(body);
    return response;
  }
  // 421: a daemon that was started since has another origin.
  if (response.status === 401 || response.status === 421) expire(token);
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  throw new ApiError(
    problem ?? {
      code: "internal",
      detail: `The daemon answered with status ${response.status}.`,
      hint: null,
    },
  );
}

const unreachable = (why: string): ApiError =>
  new ApiError({
    code: "unreachable",
    detail: `The daemon does not answer (${why}).`,
    hint: `Start it: \`${CALL} start\`.`,
  });

/** Adds a query to a path that may have one; undefined and "" are left out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}${path.includes("?") ? "&" : "?"}${search.toString()}`;
}

/** What to show a person when something was thrown. */
export function describeError(error: unknown): { message: string; hint: string | null } {
  if (error instanceof ApiError) return { message: error.message, hint: error.hint };
  return { message: String(error), hint: null };
}
