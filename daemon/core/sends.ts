import { isLoopbackHost } from "./loopback.ts";

/*
 * The decision whether what came from a place may go to an endpoint. Pure, and the only one: whoever sends asks here.
 * It fails closed: what is not known is not allowed.
 */

/** To whom what is in a place may be sent: anyone, this machine, no model at all, or these hosts. */
export type Sends = "any" | "loopback" | "never" | readonly string[];

/** Where a request goes. */
export interface Destination {
  /** The host of its address, as URLs have it, and its port. */
  host: string;
  port: number;
  is_loopback: boolean;
  /** Whether a server on this machine passes requests on to another one; null: not known. */
  passes_on: boolean | null;
}

/** Whether what came from a place with these settings may go there. */
export function mayReceive(sends: Sends, to: Destination): boolean {
  if (sends === "any") return true;
  if (sends === "never") return false;
  // Whoever names a server on this machine does not name the one that gets its requests in the end.
  const isAsNamed = !to.is_loopback || to.passes_on === false;
  if (!isAsNamed) return false;
  return sends === "loopback" ? to.is_loopback : sends.some((entry) => isHost(entry, to));
}

/** Whether the answer depends on what the server passes on. */
export function dependsOnServer(sends: Sends, to: Destination): boolean {
  return (
    mayReceive(sends, { ...to, passes_on: true }) !== mayReceive(sends, { ...to, passes_on: false })
  );
}

/** Where a base URL leads; undefined if it is not an http(s) address. */
export function destinationOf(
  url: string,
  passes_on: boolean | null = null,
): Destination | undefined {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== "http:" && parsed?.protocol !== "https:") return undefined;
  return {
    host: parsed.hostname,
    port: parsed.port === "" ? USUAL_PORTS[parsed.protocol] : Number(parsed.port),
    is_loopback: isLoopbackHost(parsed.hostname),
    passes_on,
  };
}

const USUAL_PORTS = { "http:": 80, "https:": 443 } as const;

/** A written host in the form that URLs have; undefined if it is not a host with or without a port. */
export function parseHost(written: string): { host: string; port: number | null } | undefined {
  const [, name = "", port] =
    /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(bracketed(written)) ?? [];
  if (name === "" || /[\s/\\@?#*%]/.test(name) || Number(port ?? 0) > 65_535) return undefined;
  const host = URL.parse(`http://${name}/`)?.hostname;
  return host === undefined || host === ""
    ? undefined
    : { host, port: port === undefined ? null : Number(port) };
}

function bracketed(written: string): string {
  return /^[\da-f]*:[\da-f:.]*:[\da-f:.]*$/i.test(written) ? `[${written}]` : written;
}

function isHost(entry: string, { host, port }: Destination): boolean {
  const named = parseHost(entry);
  return named !== undefined && named.host === host && (named.port ?? port) === port;
}

/** Whether whatever may have what has the settings `narrow` may have what has the settings `wide`, too. */
export function covers(wide: Sends, narrow: Sends): boolean {
  if (wide === "any" || narrow === "never") return true;
  if (wide === "never" || narrow === "any") return false;
  if (wide === "loopback") return narrow === "loopback" || narrow.every(isLoopbackEntry);
  return (
    narrow !== "loopback" && narrow.every((entry) => wide.some((other) => isWithin(entry, other)))
  );
}

function isLoopbackEntry(entry: string): boolean {
  return isLoopbackHost(parseHost(entry)?.host ?? "");
}

function isWithin(entry: string, other: string): boolean {
  const [named, wider] = [parseHost(entry), parseHost(other)];
  if (named === undefined || wider === undefined) return false;
  return named.host === wider.host && (wider.port ?? named.port) === named.port;
}
