/*
 * Keeps the drawn icon up to date: at most one change a second, because panels have crashed over more. Restarts a
 * drawing program that died, a limited number of times. Draws nothing itself.
 */
import type { Clock } from "../daemon/core/clock.ts";
import { isAbort } from "../daemon/core/errors.ts";
import type { Backend, BackendOptions } from "./backend/backend.ts";
import { findRow, type Menu } from "./menu.ts";
import type { Action } from "./snapshot.ts";

export interface Tray extends AsyncDisposable {
  readonly backend: Backend["name"];
  /**
   * Draws a menu within a second.
   *
   * @param isUrgent draw at once, because the user has just done what it shows
   */
  show(menu: Menu, isUrgent?: boolean): void;
  /** Resolves with the reason when the icon is gone for good, unless it was disposed of. */
  readonly ended: Promise<string>;
}

export interface TrayOptions {
  menu: Menu;
  open(options: BackendOptions): Promise<Backend>;
  onChoose(action: Action): void;
  clock: Clock;
}

const CHANGE_MS = 1_000;
// A panel that we crash must not be crashed for ever.
const RESTARTS_MS = [1_000, 5_000, 30_000];
// A program that ran this long was not at fault itself.
const STEADY_MS = 10 * 60_000;
// A person never clicks more often in a second; a broken program does.
const MOST_CHOICES = 10;

/** Opens the icon. @throws what keeps it from being drawn, after a second try */
export async function openTray(options: TrayOptions): Promise<Tray> {
  const { clock, onChoose } = options;
  const closing = new AbortController();
  const mayChoose = createChoiceLimit(clock);
  let wanted = options.menu;
  let shown = options.menu;
  let changedAt = Number.NEGATIVE_INFINITY;
  let isWaiting = false;

  const open = (): Promise<Backend> => {
    shown = wanted;
    changedAt = clock.elapsed();
    return options.open({ menu: shown, onClick: choose });
  };
  let backend = await open().catch(open);
  const reopen = async (): Promise<void> => {
    backend = await open();
  };
  const ended = Promise.withResolvers<string>();
  const watching = keepOpen({ backend: () => backend, reopen, clock, signal: closing.signal }).then(
    (reason) => reason !== undefined && ended.resolve(reason),
  );

  function choose(key: string): void {
    if (!mayChoose()) return;
    // The icon itself acts like the row "Open dashboard".
    const row = findRow(shown.rows, key === "icon" ? "page" : key);
    if (row !== undefined && !row.hidden && row.enabled && row.action) onChoose(row.action);
  }

  function drawNow(): void {
    changedAt = clock.elapsed();
    shown = wanted;
    backend.show(shown);
  }

  async function draw(): Promise<void> {
    if (isWaiting) return;
    isWaiting = true;
    try {
      await clock.sleep(Math.max(0, changedAt + CHANGE_MS - clock.elapsed()), closing.signal);
      drawNow();
    } catch (error) {
      if (!isAbort(error)) throw error;
    } finally {
      isWaiting = false;
    }
  }

  return {
    get backend() {
      return backend.name;
    },
    show(menu, isUrgent = false) {
      wanted = menu;
      if (isUrgent) drawNow();
      else void draw();
    },
    ended: ended.promise,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await watching;
      await backend[Symbol.asyncDispose]();
    },
  };
}

/** Whether one more click may act, at most {@link MOST_CHOICES} a second. */
function createChoiceLimit(clock: Clock): () => boolean {
  let choices: number[] = [];
  return () => {
    const now = clock.elapsed();
    choices = choices.filter((at) => now - at < 1_000);
    if (choices.length >= MOST_CHOICES) return false;
    choices.push(now);
    return true;
  };
}

interface KeepOpenOptions {
  backend(): Backend;
  reopen(): Promise<void>;
  clock: Clock;
  signal: AbortSignal;
}

/** Reopens the backend whenever it is lost. Returns why it gave up; undefined if the signal aborted. */
async function keepOpen(options: KeepOpenOptions): Promise<string | undefined> {
  const { backend, reopen, clock, signal } = options;
  try {
    for (let tries = 0; ;) {
      const since = clock.elapsed();
      let reason = await untilLost(backend(), signal);
      // The session's message bus ends with the session.
      if (backend().name === "sni") return reason;
      if (clock.elapsed() - since > STEADY_MS) tries = 0;
      for (let isUp = false; !isUp; tries += 1) {
        const delay = RESTARTS_MS[tries];
        if (delay === undefined) return reason;
        await clock.sleep(delay, signal);
        try {
          await reopen();
          isUp = true;
        } catch (error) {
          reason = error instanceof Error ? error.message : String(error);
        }
      }
    }
  } catch (error) {
    if (!isAbort(error)) throw error;
    return undefined;
  }
}

/** Resolves with the reason when the backend is lost; rejects when the signal aborts. */
function untilLost(backend: Backend, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const leave = (): void => reject(signal.reason as Error);
  signal.addEventListener("abort", leave, { once: true });
  void backend.lost.then((reason) => {
    signal.removeEventListener("abort", leave);
    resolve(reason);
  });
  return promise;
}
