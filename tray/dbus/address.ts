import type { Environment } from "../desktop-session.ts";

/**
 * The path of the session's message bus for `net.connect` (abstract ones begin with `\0`); undefined if the session
 * has no reachable bus.
 */
export function findBusSocket(env: Environment): string | undefined {
  const address = env["DBUS_SESSION_BUS_ADDRESS"] || defaultAddress(env);
  for (const one of address?.split(";") ?? []) {
    const [transport, ...parts] = one.split(/[:,]/u);
    if (transport !== "unix") continue;
    const keys = new Map(parts.map((part) => splitOnce(part)));
    const path = keys.get("path");
    if (path !== undefined) return path;
    const abstract = keys.get("abstract");
    if (abstract !== undefined) return `\0${abstract}`;
  }
  return undefined;
}

/** The place that systemd and others use. */
function defaultAddress(env: Environment): string | undefined {
  const directory = env["XDG_RUNTIME_DIR"];
  return directory ? `unix:path=${directory}/bus` : undefined;
}

function splitOnce(part: string): [key: string, value: string] {
  const at = part.indexOf("=");
  return [part.slice(0, at), decodeURIComponent(part.slice(at + 1))];
}
