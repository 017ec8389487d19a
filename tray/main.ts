/*
 * The tray: a separate process in a desktop session that shows what the daemon of one home does, and sends it the user's
 * choices. It promises one icon for each session and home, which ends with the session. It never changes files or the
 * database. The daemon never needs it, so a crash costs only the icon.
 */
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { findDaemon } from "../daemon/client/discover.ts";
import { systemClock } from "../daemon/core/clock.ts";
import { RunnerError } from "../daemon/core/errors.ts";
import type { Logger } from "../daemon/core/logger.ts";
import type { Paths } from "../daemon/core/paths.ts";
import type { NotifyKind, TrayBackend } from "../daemon/protocol/tray.ts";
import { act, type ActOptions } from "./act.ts";
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
import { type Action, NOTHING_KNOWN, type Snapshot } from "./snapshot.ts";
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
  /** Reads the `tray` section of the config; called again when the config changes. May throw. */
  readSettings(): TraySettings;
  startDaemon(): Promise<void>;
  /** Whether the daemon starts at login, and how to change that. */
  login: { isOn(): boolean; set(on: boolean): Promise<void> };
  /** Whether the daemon started it: it then waits for the panel, and ends when the daemon is stopped. */
  isWithDaemon: boolean;
  /** Ends the tray. */
  signal: AbortSignal;
  onShown(backend: Backend["name"]): void;
}

// A starting desktop has its panel by then.
const PANEL_MS = 30_000;
const LOOK_MS = 1_000;
// The icon stays if the daemon restarts within this time.
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
  const notify = (notice: Notice | undefined): void => {
    if (notice !== undefined) void showNotice(notice, bus, env);
  };
  const actions = createActions(options, {
    notify,
    redraw: () => icon.show(true),
    leave: () => leave("it was asked to"),
  });
  await using icon = await openIcon(chosen, options, {
    menu: () => buildMenu({ ...snapshot, startsAtLogin: options.login.isOn() }, systemClock.now()),
    onChoose: (action) => void act(action, actions),
    onDrawn: (backend) => (lock.backend = backend),
    onEnded: leave,
  });

  async function applySettings(): Promise<void> {
    const before = settings.backend;
    settings = readSettingsAgain(settings, options);
    if (settings.backend === before) return;
    const found = await findTrayBackend(settings.backend, env);
    if (found.backend === null) return leave(found.reason);
    if (found.backend !== icon.backend()) await icon.replace(found.backend);
  }

  let isEdited = false;
  await followDaemon({
    paths,
    signal: gone,
    onSnapshot(next) {
      noticesOfStatus(snapshot.status, next.status, settings.notify).forEach(notify);
      const isLost = next.connection === "down" && snapshot.connection !== "down";
      if (isLost && options.isWithDaemon) void leaveIfStopped(paths, gone, leave);
      snapshot = next;
      icon.show(isEdited);
      isEdited = false;
    },
    onEvent(event) {
      isEdited ||= event.type.startsWith("config.");
      notify(noticeOfEvent(event, snapshot.status, settings.notify));
      if (event.type === "config.changed") {
        applySettings().catch((err: unknown) => {
          logger.warn({ err }, "The icon cannot be drawn any more");
          leave("the icon cannot be drawn any more");
        });
      }
    },
  }).catch((error: unknown) => {
    if (!gone.aborted) throw error;
  });
}

function createActions(
  { paths, env, startDaemon, login }: TrayProcessOptions,
  { notify, redraw, leave }: Pick<ActOptions, "notify" | "leave"> & { redraw(): void },
): ActOptions {
  return {
    paths,
    open: (target) => openOnDesktop(target, env),
    notify,
    startDaemon,
    async startAtLogin(on) {
      await login.set(on);
      redraw();
    },
    leave,
  };
}

interface Icon extends AsyncDisposable {
  backend(): Backend["name"];
  /** Draws the current menu; at once if it is urgent. */
  show(isUrgent?: boolean): void;
  /** Draws the icon with another backend. */
  replace(backend: Backend["name"]): Promise<void>;
}

interface IconOptions {
  /** The current menu. */
  menu(): Menu;
  onChoose(action: Action): void;
  onDrawn(backend: Backend["name"]): void;
  /** Called with the reason when the icon is gone for good. */
  onEnded(reason: string): void;
}

/** Draws the icon. @throws {RunnerError} tray_unavailable */
async function openIcon(
  backend: Backend["name"],
  options: TrayProcessOptions,
  { menu, onChoose, onDrawn, onEnded }: IconOptions,
): Promise<Icon> {
  const draw = async (name: Backend["name"]): Promise<Tray> => {
    const drawn = await openTray({
      menu: menu(),
      open: (backendOptions) => openBackend(name, backendOptions, options),
      onChoose,
      clock: systemClock,
    });
    void drawn.ended.then(onEnded);
    onDrawn(drawn.backend);
    return drawn;
  };
  let tray = await draw(backend).catch((error: unknown) => {
    throw unavailable(error instanceof Error ? error.message : String(error), null, error);
  });
  options.logger.info({ backend: tray.backend, pid: process.pid }, "The tray is shown");
  options.onShown(tray.backend);
  return {
    backend: () => tray.backend,
    show: (isUrgent = false) => tray.show(menu(), isUrgent),
    async replace(name) {
      await tray[Symbol.asyncDispose]();
      tray = await draw(name);
    },
    [Symbol.asyncDispose]: () => tray[Symbol.asyncDispose](),
  };
}

/** The new settings; the old ones if the config is invalid again, because another event follows then. */
function readSettingsAgain(
  before: TraySettings,
  { readSettings, logger }: TrayProcessOptions,
): TraySettings {
  try {
    return readSettings();
  } catch (err) {
    logger.warn({ err }, "The settings of the tray cannot be read");
    return before;
  }
}

/** Leaves if the daemon was stopped. A daemon that was killed leaves its file behind, and the icon stays. */
async function leaveIfStopped(
  paths: Paths,
  signal: AbortSignal,
  leave: (reason: string) => void,
): Promise<void> {
  if (findDaemon(paths) !== undefined) return;
  await wait(RESTART_MS, undefined, { signal }).catch(() => {});
  if (findDaemon(paths) === undefined) leave("the daemon was stopped");
}

/** The backend that can draw the icon. With a daemon that started with the session, waits for the panel. */
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
  return new RunnerError("tray_unavailable", `The tray icon cannot be shown: ${reason}.`, {
    hint: hint ?? `Use \`${CALL} status\` instead, which shows the same.`,
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
    // A connection of its own, because closing it removes the icon.
    return openSni(await openBus(findBusSocket(env) ?? ""), backendOptions);
  }
  const state = path.join(path.dirname(paths.daemonFile), "tray");
  const program = installSystray2(findSystray2() ?? "", state);
  const directory = ownDirectory(state);
  return openSystray2({ ...backendOptions, program, env, directory });
}

async function alreadyRunning(env: Environment, paths: Paths): Promise<RunnerError> {
  const running = await findRunningTray(env, paths);
  return new RunnerError("tray_running", "The tray icon of this home is already shown.", {
    hint: "Look among the hidden icons of your panel.",
    data: running === undefined ? {} : { pid: running.pid },
  });
}
