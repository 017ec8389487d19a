import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import type { Config } from "../config/schema.ts";
import { systemErrorCode } from "../core/errors.ts";
import type { DaemonFile } from "../protocol/api.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { ok, problem } from "./finding.ts";

/** Checks that the configured port is free, or used by this home's daemon. */
export async function examinePort(
  { host, port }: Config["server"],
  daemon: DaemonFile | undefined,
): Promise<DiagnosisFinding> {
  if (daemon !== undefined) return ok("port", `The daemon listens at ${daemon.url}.`);
  if (port === 0) return ok("port", "The config allows any free port.");
  const code = await tryListen(host, port);
  if (code === undefined) return ok("port", `${host}:${port} is free.`);
  if (code !== "EADDRINUSE") {
    return problem("port", {
      code: "port_unusable",
      message: `Nothing can listen on ${host}:${port} (${code}).`,
      hint: "Set server.host in config.yaml to 127.0.0.1 and server.port to 4770.",
    });
  }
  const holder = findListener(port);
  const who = holder === undefined ? "Another program" : `${holder.name} (process ${holder.pid})`;
  const find = holder === undefined ? `Find it with \`lsof -i :${port}\` and end it` : "End it";
  return problem("port", {
    code: "port_in_use",
    message: `${who} listens on ${host}:${port}.`,
    hint: `${find}, or set server.port in config.yaml to another port, or to 0 for any free one.`,
  });
}

/** Tries to listen. Returns the system's error code, or undefined if it works. */
async function tryListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
    return undefined;
  } catch (error) {
    return systemErrorCode(error) ?? "UNKNOWN";
  } finally {
    server.close();
  }
}

/** The process that listens on a port, as far as Linux shows it to this user. */
function findListener(port: number): { pid: number; name: string } | undefined {
  const sockets = ["tcp", "tcp6"].flatMap((table) => listeningSockets(table, port));
  const links = new Set(sockets.map((inode) => `socket:[${inode}]`));
  if (links.size === 0) return undefined;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/u.test(name))) {
    try {
      const handles = readdirSync(`/proc/${pid}/fd`);
      const holds = handles.some((handle) => links.has(readLink(`/proc/${pid}/fd/${handle}`)));
      if (holds) {
        return { pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, "utf8").trim() };
      }
    } catch {
      // It ended meanwhile, or belongs to another user.
    }
  }
  return undefined;
}

/** The inodes of the sockets that listen on a port: columns of proc_net_tcp, state 0A is LISTEN. */
function listeningSockets(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  try {
    return readFileSync(`/proc/net/${table}`, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/u))
      .filter(([, local, , state]) => state === "0A" && local?.endsWith(suffix))
      .flatMap((columns) => columns[9] ?? []);
  } catch {
    return [];
  }
}

function readLink(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}
