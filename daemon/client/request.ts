import { Agent, type IncomingMessage, request as sendHttp } from "node:http";
import { text } from "node:stream/consumers";
import { CODES, type ErrorCode, RunnerError } from "../core/errors.ts";
import { problemSchema } from "../protocol/api.ts";
import { CALL } from "../core/call.ts";

/** Where a daemon is, e.g. `http://127.0.0.1:4770`, and what lets in there. */
export interface Place {
  url: string;
  token: string;
}

export interface RequestOptions {
  /** Where the daemon is, e.g. `http://127.0.0.1:4770`. */
  url: string;
  /** Left out: the request goes without one. */
  token?: string | undefined;
  /** For the whole exchange. */
  timeoutMs: number;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
}

// Not fetch, which hands the request and its token to the proxy of the environment where
// NODE_USE_ENV_PROXY is set. An agent of one's own goes straight to the address.
const direct = new Agent();

/**
 * What the daemon answers, parsed; undefined where it answers nothing.
 *
 * @param path begins with `/`
 * @throws what the daemon threw; daemon_not_running, request_timeout, or what the signal was aborted with
 */
export async function requestJson(
  options: RequestOptions,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const { status, value } = await askJson(options, method, path, body);
  if (status >= 200 && status < 300) return value;
  throw (
    toError(value) ??
    badAnswer(`the daemon answered ${describeRequest(method, path)} with status ${status}`)
  );
}

/** What the daemon answers as it stands, a problem too; `value` is undefined where that is no JSON. */
export async function askJson(
  options: RequestOptions,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; value: unknown }> {
  if (!path.startsWith("/")) {
    throw new RunnerError("invalid_request", `path must begin with /, got ${JSON.stringify(path)}`);
  }
  const what = describeRequest(method, path);
  const { status, text: answer } = await exchange(options, method, path, body, what);
  return { status, value: answer === "" ? undefined : parseJson(answer) };
}

// Without the query, in which anything may stand.
function describeRequest(method: string, path: string): string {
  return `${method} ${path.split("?", 1)[0]}`;
}

/** The error for an answer that no daemon of this version gives. */
export function badAnswer(message: string, cause?: unknown): RunnerError {
  return new RunnerError("internal", message, {
    hint: "The daemon may be of another version: stop it and start it again.",
    cause,
  });
}

async function exchange(
  options: RequestOptions,
  method: string,
  path: string,
  body: unknown,
  what: string,
): Promise<{ status: number; text: string }> {
  const { url, token, timeoutMs, signal } = options;
  signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  const headers = {
    ...options.headers,
    accept: "application/json",
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  try {
    const response = await sendRequest({ url, token }, { method, path, headers, body }, either);
    return { status: response.statusCode ?? 0, text: await text(response) };
  } catch (error) {
    signal?.throwIfAborted();
    if (timeout.aborted) throw timedOut(what, timeoutMs, error);
    throw notRunning(`nothing answers ${what} at ${url}`, error);
  }
}

/**
 * The head of an answer whose body is read as it comes, for as long as the daemon goes on.
 *
 * @param options.timeoutMs until the head is there
 * @throws what the daemon threw; daemon_not_running, request_timeout, or what the signal was aborted with
 */
export async function openAnswer(
  { url, token, timeoutMs, signal }: RequestOptions,
  request: { method: string; path: string; headers: Readonly<Record<string, string>> },
): Promise<IncomingMessage> {
  const what = `${request.method} ${request.path}`;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  try {
    const answer = await sendRequest({ url, token }, request, either);
    if (answer.statusCode === 200) return answer;
    const error = toError(parseJson(await text(answer)));
    throw error ?? badAnswer(`the daemon answered ${what} with status ${answer.statusCode}`);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RunnerError) throw error;
    if (late.signal.aborted) throw timedOut(what, timeoutMs, error);
    throw notRunning(`nothing answers ${what} at ${url}`, error);
  } finally {
    clearTimeout(timer);
  }
}

function sendRequest(
  { url, token }: Pick<RequestOptions, "url" | "token">,
  request: {
    method: string;
    path: string;
    headers: Readonly<Record<string, string>>;
    body?: unknown;
  },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { method, path, body } = request;
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const sent = sendHttp(
      new URL(new URL(url).origin + path),
      { method, headers: { ...request.headers, ...authorization }, agent: direct, signal },
      resolve,
    );
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function timedOut(what: string, timeoutMs: number, cause: unknown): RunnerError {
  return new RunnerError("request_timeout", `no answer to ${what} within ${timeoutMs} ms`, {
    cause,
  });
}

/** The error for a daemon that is not there. */
export function notRunning(message: string, cause?: unknown): RunnerError {
  return new RunnerError("daemon_not_running", message, {
    hint: `Start it: \`${CALL} start\`.`,
    cause,
  });
}

function parseJson(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}

/** The error that a problem stands for; undefined for anything else. */
function toError(value: unknown): RunnerError | undefined {
  const problem = problemSchema.loose().safeParse(value);
  if (!problem.success) return undefined;
  const { type: _type, title: _title, status: _status, code, detail, hint, ...data } = problem.data;
  return new RunnerError(isKnown(code) ? code : "internal", detail, {
    data,
    ...(hint === null ? {} : { hint }),
  });
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(CODES, code);
}
