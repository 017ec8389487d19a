import { createHash, timingSafeEqual } from "node:crypto";
import { RunnerError } from "../core/errors.ts";
import { CALL } from "../core/call.ts";

/** What is known of a request before anything else looks at it. */
export interface RequestFacts {
  method: string;
  /** The request target as it was sent. */
  target: string;
  /** Names and values in turn, as they were sent: parsed headers hide a second Host. */
  rawHeaders: readonly string[];
}

// What needs no token: these, and paths that cannot be the API's. Those have plain segments, none empty
// and none beginning with a dot, so that nothing a router does to them makes an API path of one.
const OPEN = new Set(["GET /api/health", "HEAD /api/health", "POST /api/session"]);
const NOT_API = /^(?!\/api\b)\/(?:[\w-][\w.-]*\/)*(?:[\w-][\w.-]*)?$/i;

/** The `host:port` values that are us, as a browser writes them (without the port where it is 80). */
export function ownAuthorities(host: string, port: number): ReadonlySet<string> {
  const hosts = ["127.0.0.1", "localhost", "[::1]", host.includes(":") ? `[${host}]` : host];
  return new Set(hosts.map((name) => new URL(`http://${name}:${port}`).host));
}

/**
 * The reason to refuse a request, or undefined.
 *
 * Host first, since a page may make its own name resolve to loopback (DNS rebinding); then the page a
 * browser says it comes from; then the token.
 *
 * @param ours see {@link ownAuthorities}
 */
export function refuse(
  facts: RequestFacts,
  ours: ReadonlySet<string>,
  token: string,
): RunnerError | undefined {
  const valuesOf = (name: string): string[] => findValues(facts.rawHeaders, name);
  const { authority, path } = splitTarget(facts.target);

  const hosts = valuesOf("host");
  const named = authority === undefined ? hosts : [...hosts, authority];
  if (hosts.length !== 1 || !named.every((value) => ours.has(value))) {
    return new RunnerError(
      "host_refused",
      `Host must be exactly one of ${[...ours].join(", ")}, got ${JSON.stringify(named)}`,
      { hint: `Use the address that \`${CALL} status\` shows.` },
    );
  }

  const isForeign =
    !valuesOf("origin").every((value) => [...ours].some((own) => value === `http://${own}`)) ||
    !valuesOf("sec-fetch-site").every((value) => value === "same-origin" || value === "none");
  if (isForeign) {
    return new RunnerError("origin_refused", "the request comes from a page of another site", {
      hint: "In a browser only Agent Runner's own page may send requests here.",
    });
  }

  if (!needsToken(facts.method, path)) return undefined;
  const [authorization = "", ...more] = valuesOf("authorization");
  const sent = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (sent !== undefined && more.length === 0 && isSame(sent, token)) return undefined;
  return new RunnerError(
    "unauthorized",
    "the header Authorization must be Bearer and the token of the running daemon",
    {
      hint: "The token is new at every start; it stands in daemon.json.",
    },
  );
}

/** Whether a request is let in only with the token. */
export function needsToken(method: string, path: string): boolean {
  return !OPEN.has(`${method} ${path}`) && !NOT_API.test(path);
}

/** The path and, where the target is a whole URL (RFC 9112, 3.2.2), its authority. */
function splitTarget(target: string): { authority: string | undefined; path: string } {
  const [, authority, path = ""] = /^(?:[a-z]+:\/\/([^/?#]*))?([^?]*)/i.exec(target) ?? [];
  return { authority, path };
}

function findValues(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name,
  );
}

// Hashes, because timingSafeEqual needs equal lengths and the length must not be told either.
function isSame(sent: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(sent), digest(token));
}
