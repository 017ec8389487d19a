/*
 * The tray: a process of its own in a desktop session, which shows what the daemon of one home does and asks
 * of it what a person chooses. The daemon never needs it. It promises one icon for each session and home,
 * gone with the session; a crash costs the icon, and the daemon knows nothing of it.
 */
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { findDaemon } from "../daemon/client/discover.ts";
import { systemClock } from "../daemon/core/clock.ts";
import { RunnerError } from "../daemon/core/errors.ts";
import type { Logger } from "../daemon/core/logger.ts";
import type { Paths } from "../daemon/core/paths.ts";
import type { NotifyKind, TrayBackend } from "../daemon/protocol/tray.ts";
import { act } from "./act.ts";
import { findTrayBackend } from "./availability.ts";
import type { Environment } from "./desktop-session.ts";
import type { Backend, BackendOptions } from "./backend/backend.ts";
import { openSni } from "./backend/sni.ts";
import { openSystray2 } from "./backend/systray2.ts";
import { findSystray2, installSystray2, ownDirectory } from "./backend/systray2-binary.ts";
import { findBusSocket } from "./dbus/address.ts";
import { type Bus, openBus } from "./dbus/bus.ts";
import { followDaemon } from "./follow.ts";
import { findRunningTray, takeTrayLock } from "./lock.ts";
import { buildMenu, type Menu } from "./menu.ts";
import { type Notice, noticeOfEvent, noticesOfStatus } from "./notification/notice.ts";
import { showNotice } from "./notification/show.ts";
import { openOnDesktop } from "./open-on-desktop.ts";
import { NOTHING_KNOWN, type Snapshot } from "./snapshot.ts";
import { openTray, type Tray } from "./tray.ts";
import { CALL } from "../daemon/core/call.ts";

export interface TraySettings {
  backend: TrayBackend;
  notify: readonly NotifyKind[];
}

export interface TrayProcessOptions {
  paths: Paths;
  env: Environment;
  logger: Logger;
  /** What the config says of the tray; asked again when the config was changed. @throws as it likes */
  readSettings(): TraySettings;
  startDaemon(): Promise<void>;
  /** Whether it starts at login, and how that is changed. */
  login: { isOn(): boolean; set(on: boolean): Promise<void> };
  /** It came with the daemon: it waits for the panel, and goes when the daemon was stopped. */
  isWithDaemon: boolean;
  /** Ends it. */
  signal: AbortSignal;
  onShown(backend: Backend["name"]): void;
}

// A desktop that starts has its panel by then.
const PANEL_MS = 30_000;
const LOOK_MS = 1_000;
// A daemon that is started again at once keeps the icon.
const RESTART_MS = 3_000;

/**
 * Shows the icon until it is hidden, the session ends, or the signal aborts.
 *
 * @throws {RunnerError} tray_running, tray_unavailable
 */
export async function runTray(options: TrayProcessOptions): Promise<void> {
  const { paths, env, logger, signal } = options;
  let settings = options.readSettings();
  const chosen = await waitForBackend(settings.backend, options);
  await using lock = await takeTrayLock(env, paths);
  if (lock === undefined) throw await alreadyRunning(env, paths);
  const leaving = new AbortController();
  const gone = AbortSignal.any([signal, leaving.signal]);
  const leave = (reason: string): void => {
    if (!gone.aborted) logger.info({ reason }, "The tray ends");
    leaving.abort();
  };

  await using bus = await openSessionBus(env);
  void bus?.closed.then(() => leave("the session has ended"));

  let snapshot: Snapshot = NOTHING_KNOWN;
  const tell = (notice: Notice): void => void showNotice(notice, bus, env);
  const actions = {
    paths,
    open: (target: string) => openOnDesktop(target, env),
    tell,
    startDaemon: options.startDaemon,
    async startAtLogin(on: boolean) {
      await options.login.set(on);
      showMenu(true);
    },
    leave: () => leave("it was asked to"),
  };
  let tray = await draw(chosen).catch((error: unknown) => {
    throw unavailable(error instanceof Error ? error.message : String(error), null, error);
  });
  await using _drawn = { [Symbol.asyncDispose]: () => tray[Symbol.asyncDispose]() };
  lock.backend = tray.backend;
  logger.info({ backend: tray.backend, pid: process.pid }, "The tray is shown");
  options.onShown(tray.backend);

  function menu(): Menu {
    return buildMenu({ ...snapshot, startsAtLogin: options.login.isOn() }, systemClock.now());
  }

  function showMenu(isUrgent = false): void {
    tray.show(menu(), isUrgent);
  }

  async function draw(backend: Backend["name"]): Promise<Tray> {
    const drawn = await openTray({
      menu: menu(),
      open: (backendOptions) => openBackend(backend, backendOptions, options),
      onChoose: (action) => void act(action, actions),
      clock: systemClock,
    });
    void drawn.ended.then((reason) => leave(reason));
    return drawn;
  }

  async function takeSettings(): Promise<void> {
    const before = settings.backend;
    try {
      settings = options.readSettings();
    } catch (err) {
      // Edited again since: another event follows.
      logger.warn({ err }, "The settings of the tray cannot be read");
    }
    if (settings.backend === before) return;
    const found = await findTrayBackend(settings.backend, env);
    if (found.backend === null) return leave(found.reason);
    if (found.backend === tray.backend) return;
    await tray[Symbol.asyncDispose]();
    tray = await draw(found.backend);
    if (lock !== undefined) lock.backend = tray.backend;
  }

  async function leaveIfStopped(): Promise<void> {
    if (!options.isWithDaemon || findDaemon(paths) !== undefined) return;
    await wait(RESTART_MS, undefined, { signal: gone }).catch(() => {});
    // One that was killed leaves its file behind.
    if (findDaemon(paths) === undefined) leave("the daemon was stopped");
  }

  let isEdited = false;
  await followDaemon({
    paths,
    signal: gone,
    onSnapshot(next) {
      for (const notice of noticesOfStatus(snapshot.status, next.status, settings.notify)) {
        tell(notice);
      }
      if (next.connection === "down" && snapshot.connection !== "down") void leaveIfStopped();
      snapshot = next;
      showMenu(isEdited);
      isEdited = false;
    },
    onEvent(event) {
      isEdited ||= event.type.startsWith("config.");
      const notice = noticeOfEvent(event, snapshot.status, settings.notify);
      if (notice !== undefined) tell(notice);
      if (event.type === "config.changed") {
        takeSettings().catch((err: unknown) => {
          logger.warn({ err }, "The icon cannot be drawn any more");
          leave("the icon cannot be drawn any more");
        });
      }
    },
  }).catch((error: unknown) => {
    if (!gone.aborted) throw error;
  });
}

/** What can draw the icon; with a daemon that started with the session, once its panel is there. */
async function waitForBackend(
  wanted: TrayBackend,
  { env, isWithDaemon, signal }: TrayProcessOptions,
): Promise<Backend["name"]> {
  const until = systemClock.elapsed() + (isWithDaemon && wanted !== "none" ? PANEL_MS : 0);
  for (;;) {
    const found = await findTrayBackend(wanted, env);
    if (found.backend !== null) return found.backend;
    if (systemClock.elapsed() >= until) {
      throw unavailable(found.reason, found.hint);
    }
    await wait(LOOK_MS, undefined, { signal });
  }
}

function unavailable(reason: string, hint: string | null, cause?: unknown): RunnerError {
  return new RunnerError("tray_unavailable", `no tray icon can be shown: ${reason}`, {
    hint: hint ?? `Nothing needs the tray: \`${CALL} status\` says the same.`,
    cause,
  });
}

async function openSessionBus(env: Environment): Promise<Bus | undefined> {
  const socket = process.platform === "linux" ? findBusSocket(env) : undefined;
  return socket === undefined ? undefined : openBus(socket).catch(() => undefined);
}

async function openBackend(
  backend: Backend["name"],
  backendOptions: BackendOptions,
  { env, paths }: TrayProcessOptions,
): Promise<Backend> {
  if (backend === "sni") {
    // Its own connection: to end it is what takes the icon away.
    return openSni(await openBus(findBusSocket(env) ?? ""), backendOptions);
  }
  const state = path.join(path.dirname(paths.daemonFile), "tray");
  const program = installSystray2(findSystray2() ?? "", state);
  const directory = ownDirectory(state);
  return openSystray2({ ...backendOptions, program, env, directory });
}

async function alreadyRunning(env: Environment, paths: Paths): Promise<RunnerError> {
  const running = await findRunningTray(env, paths);
  return new RunnerError("tray_running", "the tray of this home is shown already", {
    hint: "Look among the icons that your panel hides.",
    data: running === undefined ? {} : { pid: running.pid },
  });
}
