import { spawn } from "node:child_process";
import { isDesktopSession } from "../../tray/desktop-session.ts";
import { readTraySettings } from "../config/tray-settings.ts";
import type { Context } from "./context.ts";

/**
 * Starts the tray beside the daemon in a desktop session, if the config wants one. From then on it is on its
 * own: the daemon does not depend on it.
 */
export function launchTray({ env, entry, paths }: Context): void {
  if (!isDesktopSession(env) || !isWanted(paths)) return;
  const child = spawn(process.execPath, [entry, "tray", "--with-daemon"], {
    env,
    stdio: "ignore",
    detached: true,
    windowsHide: true,
  });
  child.once("error", () => {});
  child.unref();
}

function isWanted(paths: Context["paths"]): boolean {
  try {
    return readTraySettings(paths).backend !== "none";
  } catch {
    // Edited since the daemon read it, and now invalid.
    return false;
  }
}
