import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { TrayBackend } from "../daemon/protocol/tray.ts";
import { WATCHER } from "./backend/sni.ts";
import { findSystray2 } from "./backend/systray2-binary.ts";
import { findBusSocket } from "./dbus/address.ts";
import { type Bus, DBUS, openBus } from "./dbus/bus.ts";
import { type Environment, isDesktopSession } from "./desktop-session.ts";
import { CALL } from "../daemon/core/call.ts";

/** The backend that can draw an icon in this session; else the reason, a clause without a full stop, and a hint. */
export type Availability =
  | { backend: "sni" | "systray2" }
  | { backend: null; reason: string; hint: string | null };

/**
 * Finds a backend for this session. Starts nothing and leaves nothing behind.
 *
 * @param wanted the setting `tray.backend`
 */
export async function findTrayBackend(
  wanted: TrayBackend,
  env: Environment,
): Promise<Availability> {
  if (wanted === "none") return none("tray.backend is none in config.yaml", null);
  const { platform } = process;
  if (!isDesktopSession(env)) {
    const what =
      platform === "darwin"
        ? "this is an SSH session"
        : "neither DISPLAY nor WAYLAND_DISPLAY is set";
    return none(
      `no display: ${what}`,
      `Run \`${CALL} tray\` in a desktop session, if you want the icon.`,
    );
  }
  if (platform !== "linux") {
    if (wanted === "sni") return none("tray.backend sni is for Linux", "Set tray.backend to auto.");
    return findSystray2() === undefined ? none(NOT_INSTALLED, INSTALL) : { backend: "systray2" };
  }
  const noSni = wanted === "systray2" ? undefined : await whyNoSni(env);
  if (wanted !== "systray2" && noSni === undefined) return { backend: "sni" };
  const noSystray2 = wanted === "sni" ? undefined : await whyNoSystray2(env);
  if (wanted !== "sni" && noSystray2 === undefined) return { backend: "systray2" };
  const reason = [noSni, noSystray2].filter((one) => one !== undefined).join(", and ");
  return none(reason, hintFor(noSni, noSystray2));
}

function none(reason: string, hint: string | null): Availability {
  return { backend: null, reason, hint };
}

const NO_BUS = "no D-Bus: the session's message bus does not answer";
const NO_WATCHER = "no watcher: this desktop does not show StatusNotifierItem icons";
const NOT_INSTALLED = "the package systray2 is not installed for this machine";
const INSTALL = "Install it with `npm ci --include=optional`.";

async function whyNoSni(env: Environment): Promise<string | undefined> {
  const socket = findBusSocket(env);
  if (socket === undefined) return NO_BUS;
  try {
    await using bus = await openBus(socket);
    return (await hasWatcher(bus)) ? undefined : NO_WATCHER;
  } catch {
    return NO_BUS;
  }
}

/** Whether a program on the bus shows icons. */
export async function hasWatcher(bus: Bus): Promise<boolean> {
  const [owned] = await bus.call({
    ...DBUS,
    member: "NameHasOwner",
    signature: "s",
    body: [WATCHER],
  });
  return owned === true;
}

async function whyNoSystray2(env: Environment): Promise<string | undefined> {
  const program = findSystray2();
  if (program === undefined) return NOT_INSTALLED;
  const missing = await listMissingLibraries(program, env);
  return missing.length === 0 ? undefined : `systray2 lacks ${missing.join(", ")}`;
}

const runFile = promisify(execFile);

/** The shared libraries that a program needs and this system lacks. */
async function listMissingLibraries(program: string, env: Environment): Promise<string[]> {
  try {
    const { stdout } = await runFile("ldd", [program], { env, timeout: 5_000 });
    return [...stdout.matchAll(/^\s*(\S+) => not found$/gmu)].map(([, name = ""]) => name);
  } catch {
    // Unknown: the program itself reports what it lacks.
    return [];
  }
}

function hintFor(noSni: string | undefined, noSystray2: string | undefined): string {
  if (noSystray2?.includes("libappindicator3")) {
    return "Install the library (Debian, Ubuntu: apt install libayatana-appindicator3-1); GNOME also needs its AppIndicator extension.";
  }
  if (noSystray2 === NOT_INSTALLED) return INSTALL;
  return noSni === NO_WATCHER
    ? "Install the AppIndicator extension in GNOME; use a panel with a tray in other desktops."
    : "Set tray.backend to auto, or start the tray in the desktop session.";
}
