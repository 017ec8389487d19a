import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import type { Config } from "../config/schema.ts";
import { systemErrorCode } from "../core/errors.ts";
import type { DaemonFile } from "../protocol/api.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { ok, problem } from "./finding.ts";

/** Whether the port of the config is free, or taken by the daemon of this home. */
export async function examinePort(
  { host, port }: Config["server"],
  daemon: DaemonFile | undefined,
): Promise<DiagnosisFinding> {
  if (daemon !== undefined) return ok("port", `the daemon listens at ${daemon.url}`);
  if (port === 0) return ok("port", "any free port, as the config says");
  const code = await tryListen(host, port);
  if (code === undefined) return ok("port", `${host}:${port} is free`);
  if (code !== "EADDRINUSE") {
    return problem("port", {
      code: "port_unusable",
      message: `${host}:${port} cannot be listened on (${code})`,
      hint: "Set server.host in config.yaml to 127.0.0.1 and server.port to 4770.",
    });
  }
  const holder = findListener(port);
  const who = holder === undefined ? "something else" : `${holder.name} (process ${holder.pid})`;
  const look = holder === undefined ? `Look who it is: lsof -i :${port}. ` : "";
  return problem("port", {
    code: "port_in_use",
    message: `${who} listens on ${host}:${port}`,
    hint: `${look}End it, or set server.port in config.yaml to another port, or to 0 for any that is free.`,
  });
}

/** The system's error code; undefined where it can be listened on. */
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

/** Who listens on a port, as far as Linux lets this user see it. */
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
