import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ToldEvent } from "../../protocol/event.ts";
import { get } from "./api.ts";
import { connection, onEvent } from "./live.ts";
import { session } from "./session.ts";

/** An answer of the daemon, kept up to date. */
export interface Resource<T> {
  /** undefined: not known yet. The old value stays while a new one loads. */
  value: T | undefined;
  error: unknown;
  reload(): void;
}

/** Which events make a value outdated; `stream.reset` always does. */
export type Concerns = (event: ToldEvent) => boolean;

/** No event makes the value outdated. */
export const NOTHING: Concerns = () => false;

/** Events whose type begins with one of these. */
export const events =
  (...prefixes: string[]): Concerns =>
  ({ type }) =>
    prefixes.some((prefix) => type.startsWith(prefix));

// A run of thousands of files must not cause thousands of requests.
const PACE_MS = 400;

/** Calls `reload` after events that concern it and after a lost connection, never faster than the pace. */
export function useReload(reload: () => void, concerns: Concerns, paceMs = PACE_MS): void {
  const latest = useRef(reload);
  latest.current = reload;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastAt = 0;
    const ask = (): void => {
      timer ??= setTimeout(
        () => {
          timer = undefined;
          lastAt = Date.now();
          if (!document.hidden) latest.current();
        },
        Math.max(40, lastAt + paceMs - Date.now()),
      );
    };
    const endEvents = onEvent((event) => {
      if (event.type === "stream.reset" || concerns(event)) ask();
    });
    // No event reports what happened between the first reading and the start of the stream.
    let wasLive = connection.get() === "live";
    const endConnection = connection.follow(() => {
      const isLive = connection.get() === "live";
      if (isLive && !wasLive) ask();
      wasLive = isLive;
    });
    const onVisible = (): void => {
      if (!document.hidden) ask();
    };
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      clearTimeout(timer);
      endEvents();
      endConnection();
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [concerns, paceMs]);
}

/**
 * Returns a function that reads now, or once more after the reading under way. Frequent calls never abort a reading.
 *
 * @param read never rejects
 */
export function createReader(read: () => Promise<void>): () => void {
  let isBusy = false;
  let isStale = false;
  return () => {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    void (async () => {
      while (isStale) {
        isStale = false;
        await read();
      }
      isBusy = false;
    })();
  };
}

// The last value of a path is shown at once when it is opened again.
const seen = new Map<string, unknown>();
const MOST_SEEN = 60;

session.follow(() => {
  if (session.get().is !== "in") seen.clear();
});

/**
 * The answer of a route, read again after the events that concern it.
 *
 * @param path null: asks nothing
 */
export function useResource<T>(path: string | null, concerns: Concerns = NOTHING): Resource<T> {
  const [state, setState] = useState<{ path: string | null; value?: T; error?: unknown }>({
    path: null,
  });
  const reader = useRef<() => void>(() => {});
  const reload = useCallback(() => reader.current(), []);
  useReload(reload, concerns);
  useEffect(() => {
    if (path === null) return;
    const ending = new AbortController();
    reader.current = createReader(async () => {
      try {
        const value = await get<T>(path, ending.signal);
        remember(path, value);
        setState({ path, value });
      } catch (error) {
        if (ending.signal.aborted) return;
        setState((before) =>
          before.path === path && before.value !== undefined
            ? { ...before, error }
            : { path, error },
        );
      }
    });
    reader.current();
    return () => {
      ending.abort();
      reader.current = () => {};
    };
  }, [path]);
  if (state.path === path) return { value: state.value, error: state.error, reload };
  const value = path === null ? undefined : (seen.get(path) as T | undefined);
  return { value, error: undefined, reload };
}

function remember(path: string, value: unknown): void {
  seen.delete(path);
  seen.set(path, value);
  const [oldest] = seen.keys();
  if (seen.size > MOST_SEEN && oldest !== undefined) seen.delete(oldest);
}
