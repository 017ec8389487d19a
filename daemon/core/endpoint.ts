import { isLoopbackHost } from "./loopback.ts";

/** The address as a URL; null if it is not http or https. */
function parseEndpoint(url: string): URL | null {
  const parsed = URL.parse(url);
  return parsed && (parsed.protocol === "http:" || parsed.protocol === "https:") ? parsed : null;
}

/** Scheme, host and port of an http(s) address; undefined for anything else. */
export function originOf(url: string): string | undefined {
  return parseEndpoint(url)?.origin;
}

/** Host and port of an http(s) address, the port where it is not the usual one; undefined for anything else. */
export function hostOf(url: string | null): string | undefined {
  return parseEndpoint(url ?? "")?.host;
}

/** Whether an http(s) address is on this machine. */
export function isLoopback(url: string): boolean {
  return isLoopbackHost(parseEndpoint(url)?.hostname ?? "");
}

/** The user name and password in an address, as written and decoded. */
export function userinfoOf(url: string): string[] {
  const parsed = URL.parse(url);
  if (!parsed) return [];
  const parts = [parsed.username, parsed.password].filter((part) => part !== "");
  return parts.flatMap((part) => [part, decoded(part)]);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address with user name and password hidden. */
export function withoutUserinfo(url: string): string {
  const parsed = parseEndpoint(url);
  if (!parsed) return url.replace(/(?<![^/])[^/]*@/g, "(hidden)@");
  if (parsed.username === "" && parsed.password === "") return url;
  parsed.username = "(hidden)";
  parsed.password = "";
  return parsed.href;
}
