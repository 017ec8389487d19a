import { Agent, type IncomingMessage, request as sendHttp } from "node:http";
import { text } from "node:stream/consumers";
import { CODES, type ErrorCode, RunnerError } from "../core/errors.ts";
import { problemSchema } from "../protocol/problem.ts";
import { CALL } from "../core/call.ts";

/** The address of a daemon, e.g. `http://127.0.0.1:4770`, and its token. */
export interface Place {
  url: string;
  token: string;
}

export interface RequestOptions {
  /** The address of the daemon, e.g. `http://127.0.0.1:4770`. */
  url: string;
  /** Left out: the request has no token. */
  token?: string | undefined;
  /** For the whole exchange. */
  timeoutMs: number;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
}

// Not fetch: with NODE_USE_ENV_PROXY set, it hands the request and its token to the environment's proxy.
// An own agent connects to the address itself.
const direct = new Agent();

/**
 * Sends a request and gives the parsed answer; undefined for an empty answer.
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
    badAnswer(`The daemon answered ${describeRequest(method, path)} with status ${status}.`)
  );
}

/** Sends a request and gives its status and answer, a problem too; `value` is undefined if the answer is not JSON. */
export async function askJson(
  options: RequestOptions,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; value: unknown }> {
  if (!path.startsWith("/")) {
    throw new RunnerError(
      "invalid_request",
      `Expected a path that begins with /, got ${JSON.stringify(path)}.`,
    );
  }
  const what = describeRequest(method, path);
  const { status, text: answer } = await exchange(options, method, path, body, what);
  return { status, value: answer === "" ? undefined : parseJson(answer) };
}

// Without the query, which may hold anything.
function describeRequest(method: string, path: string): string {
  return `${method} ${path.split("?", 1)[0]}`;
}

/** The error for an answer that this version of the daemon never gives. */
export function badAnswer(message: string, cause?: unknown): RunnerError {
  return new RunnerError("internal", message, {
    hint: "Stop the daemon and start it again: it may have another version.",
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
    throw notRunning(`Nothing answers ${what} at ${url}.`, error);
  }
}

/**
 * Sends a request and gives the answer once its head is there; the body follows for as long as the daemon sends.
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
    throw error ?? badAnswer(`The daemon answered ${what} with status ${answer.statusCode}.`);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RunnerError) throw error;
    if (late.signal.aborted) throw timedOut(what, timeoutMs, error);
    throw notRunning(`Nothing answers ${what} at ${url}.`, error);
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
  return new RunnerError("request_timeout", `No answer to ${what} within ${timeoutMs} ms.`, {
    cause,
  });
}

/** The error when no daemon runs. */
export function notRunning(message: string, cause?: unknown): RunnerError {
  return new RunnerError("daemon_not_running", message, {
    hint: `Start it with \`${CALL} start\`.`,
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

/** The error in a problem; undefined for any other value. */
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
