import type { Paths } from "../daemon/core/paths.ts";
import type { TrayBackend, TrayReport } from "../daemon/protocol/tray.ts";
import { findTrayBackend } from "./availability.ts";
import type { Environment } from "./desktop-session.ts";
import { findRunningTray } from "./lock.ts";
import { CALL } from "../daemon/core/call.ts";

/** Reports whether the tray icon is shown, and if not, why. Starts nothing. */
export async function reportTray(
  wanted: TrayBackend,
  env: Environment,
  paths: Pick<Paths, "daemonFile">,
): Promise<TrayReport> {
  const running = await findRunningTray(env, paths);
  if (running !== undefined && running.backend !== null) {
    const { pid, backend } = running;
    return { shown: true, backend, pid, reason: null, hint: null };
  }
  const found = await findTrayBackend(wanted, env);
  if (found.backend === null) {
    return { shown: false, pid: null, ...found };
  }
  return {
    shown: false,
    backend: found.backend,
    pid: null,
    reason: "it is not running",
    hint: `Show it with \`${CALL} tray\`.`,
  };
}
