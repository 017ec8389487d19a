import type { Environment } from "../desktop-session.ts";

/**
 * Where the session's message bus listens, as a path for `net.connect` (abstract ones begin with `\0`);
 * undefined where the session has none that can be reached.
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

/** Where systemd and its like put it. */
function defaultAddress(env: Environment): string | undefined {
  const directory = env["XDG_RUNTIME_DIR"];
  return directory ? `unix:path=${directory}/bus` : undefined;
}

function splitOnce(part: string): [key: string, value: string] {
  const at = part.indexOf("=");
  return [part.slice(0, at), decodeURIComponent(part.slice(at + 1))];
}
