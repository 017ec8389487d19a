import { createHash, timingSafeEqual } from "node:crypto";
import { RunnerError } from "../core/errors.ts";
import { CALL } from "../core/call.ts";

/** A request as it arrived, before anything else reads it. */
export interface RequestFacts {
  method: string;
  /** The request target, unparsed. */
  target: string;
  /** Names and values in turn, unparsed: parsed headers hide a second Host. */
  rawHeaders: readonly string[];
}

// These need no token, nor do paths outside the API. Such a path has plain segments, none empty and none
// beginning with a dot, so that no router can turn it into an API path.
const OPEN = new Set(["GET /api/health", "HEAD /api/health", "POST /api/session"]);
const NOT_API = /^(?!\/api\b)\/(?:[\w-][\w.-]*\/)*(?:[\w-][\w.-]*)?$/i;

/**
 * The `host:port` values of this server, as a browser writes them (without port 80).
 *
 * @param pageUrl the origin of the page
 */
export function ownAuthorities(host: string, port: number, pageUrl: string): ReadonlySet<string> {
  const hosts = ["127.0.0.1", "localhost", "[::1]", host.includes(":") ? `[${host}]` : host];
  const urls = [...hosts.map((name) => `http://${name}:${port}`), pageUrl];
  return new Set(urls.map((url) => new URL(url).host));
}

/**
 * The reason to refuse a request, or undefined.
 *
 * In this order: Host, because a page may make its own name resolve to loopback (DNS rebinding); the page
 * that the browser names as the origin; the token.
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
      `Host must be an address of this daemon, got ${JSON.stringify(named)}.`,
      { hint: `Use the address that \`${CALL} status\` shows.` },
    );
  }

  // The addresses of this daemon are different origins: what is at one of them may be another program's page.
  const isForeign =
    !valuesOf("origin").every((value) => value === `http://${hosts[0]}`) ||
    (!valuesOf("sec-fetch-site").every((value) => value === "same-origin" || value === "none") &&
      !isPageOpened(facts.method, path, valuesOf));
  if (isForeign) {
    return new RunnerError("origin_refused", "The request comes from a page of another site.", {
      hint: "In a browser, use Agent Runner's own page.",
    });
  }

  if (!needsToken(facts.method, path)) return undefined;
  const [authorization = "", ...more] = valuesOf("authorization");
  const sent = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (sent !== undefined && more.length === 0 && isSame(sent, token)) return undefined;
  return new RunnerError(
    "unauthorized",
    "The header Authorization must be Bearer and the token of the running daemon.",
    {
      hint: "Read the token from daemon.json; it is new at every start.",
    },
  );
}

/**
 * Whether a window of the browser goes to an address of the page. That may begin anywhere, and has to for the file
 * that signs in: what the page shows it asks for itself, and the page that led here learns nothing of it.
 */
function isPageOpened(
  method: string,
  path: string,
  valuesOf: (name: string) => readonly string[],
): boolean {
  const isOnly = (name: string, wanted: string): boolean =>
    valuesOf(name).length === 1 && valuesOf(name)[0] === wanted;
  return (
    method === "GET" &&
    NOT_API.test(path) &&
    isOnly("sec-fetch-mode", "navigate") &&
    isOnly("sec-fetch-dest", "document")
  );
}

/** Whether a request is let in only with the token. */
export function needsToken(method: string, path: string): boolean {
  return !OPEN.has(`${method} ${path}`) && !NOT_API.test(path);
}

/** The path of a request target, without the query. */
export function pathOf(target: string): string {
  return splitTarget(target).path;
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

// Hashes, because timingSafeEqual needs equal lengths, and the length is secret too.
function isSame(sent: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(sent), digest(token));
}
