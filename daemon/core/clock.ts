import { setTimeout as wait } from "node:timers/promises";

/** The time for all rooms; passed in, so that tests can control it. */
export interface Clock {
  /** The wall clock, in milliseconds since 1970 (UTC). May jump. */
  now(): number;
  /** Milliseconds since some earlier instant. Never jumps. May or may not count while the machine sleeps. */
  elapsed(): number;
  /** Resolves after `ms` milliseconds; rejects with an AbortError when the signal aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  // 2^31 - 1 is the most a Node timer can hold; a longer one fires at once.
  sleep: (ms, signal) => wait(Math.min(ms, 2 ** 31 - 1), undefined, signal ? { signal } : {}),
};

// The years that ISO 8601 writes with four digits; a file system may report others.
const FIRST_MS = Date.parse("0000-01-01T00:00:00.000Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** Whether a time, in milliseconds since 1970, can be written as an instant. */
export function isInstant(ms: number): boolean {
  return ms >= FIRST_MS && ms <= LAST_MS;
}

/** An instant for the wire and the journal: ISO 8601, UTC, milliseconds; years 0 to 9999. */
export function toInstant(ms: number): string {
  return new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS)).toISOString();
}

/** The start of the local day of an instant, or of a day `daysLater`, in milliseconds since 1970. */
export function startOfLocalDay(ms: number, daysLater = 0): number {
  const day = new Date(ms);
  day.setHours(0, 0, 0, 0);
  return day.setDate(day.getDate() + daysLater);
}

/** The start of a local day (`YYYY-MM-DD`), in milliseconds since 1970. */
export function startOfDay(day: string): number {
  // Without a zone, a date with a time is local, but a date alone is UTC.
  return Date.parse(`${day}T00:00:00`);
}

/** The local calendar day of an instant, `YYYY-MM-DD`. */
export function toLocalDay(ms: number): string {
  const date = new Date(ms);
  const pad = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}
