import { setTimeout as wait } from "node:timers/promises";

/** Time as the rooms see it; handed in, so that tests can turn it by hand. */
export interface Clock {
  /** The wall clock, in milliseconds since 1970 (UTC). May jump. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with an AbortError when the signal aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  // 2^31 - 1: what a Node timer can hold; a longer wait would fire at once.
  sleep: (ms, signal) => wait(Math.min(ms, 2 ** 31 - 1), undefined, signal ? { signal } : {}),
};

/** An instant as it stands on the wire and in the journal: ISO 8601, UTC, milliseconds. */
export function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}

/** The local calendar day of an instant, `YYYY-MM-DD`. */
export function toLocalDay(ms: number): string {
  const date = new Date(ms);
  const pad = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}
