/*
 * Keeps what is drawn at what is known: at most one change a second, since panels have crashed over more,
 * and a program that died is started again, but not for ever. Draws nothing itself.
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
   * @param isUrgent at once: a person has just done what it shows
   */
  show(menu: Menu, isUrgent?: boolean): void;
  /** Resolves with the reason when there is no icon any more and will be none, unless it was disposed of. */
  readonly ended: Promise<string>;
}

export interface TrayOptions {
  menu: Menu;
  open(options: BackendOptions): Promise<Backend>;
  onChoose(action: Action): void;
  clock: Clock;
}

const CHANGE_MS = 1_000;
// A panel that crashed over us must not be made to for ever.
const RESTARTS_MS = [1_000, 5_000, 30_000];
// One that stood so long had no fault of its own.
const STEADY_MS = 10 * 60_000;
// Nobody chooses more in a second; a program gone mad does.
const MOST_CHOICES = 10;

/** @throws what keeps the icon from being drawn, after a second try */
export async function openTray(options: TrayOptions): Promise<Tray> {
  const { clock, onChoose } = options;
  const closing = new AbortController();
  const ended = Promise.withResolvers<string>();
  let wanted = options.menu;
  let shown = options.menu;
  let changedAt = Number.NEGATIVE_INFINITY;
  let isWaiting = false;
  let choices: number[] = [];

  const open = (): Promise<Backend> => {
    shown = wanted;
    changedAt = clock.elapsed();
    return options.open({ menu: shown, onClick: choose });
  };
  let backend = await open().catch(open);
  const watching = watch();

  function choose(key: string): void {
    const now = clock.elapsed();
    choices = choices.filter((at) => now - at < 1_000);
    if (choices.length >= MOST_CHOICES) return;
    choices.push(now);
    // The icon itself does what its page row does.
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

  /** Starts it again whenever it is lost. */
  async function watch(): Promise<void> {
    try {
      for (let tries = 0; ;) {
        const since = clock.elapsed();
        let reason = await untilLost();
        // What is on the session's bus ends with the session.
        if (backend.name === "sni") return ended.resolve(reason);
        if (clock.elapsed() - since > STEADY_MS) tries = 0;
        for (let isUp = false; !isUp; tries += 1) {
          const delay = RESTARTS_MS[tries];
          if (delay === undefined) return ended.resolve(reason);
          await clock.sleep(delay, closing.signal);
          try {
            backend = await open();
            isUp = true;
          } catch (error) {
            reason = error instanceof Error ? error.message : String(error);
          }
        }
      }
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }

  function untilLost(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const leave = (): void => reject(closing.signal.reason as Error);
    closing.signal.addEventListener("abort", leave, { once: true });
    void backend.lost.then((reason) => {
      closing.signal.removeEventListener("abort", leave);
      resolve(reason);
    });
    return promise;
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
