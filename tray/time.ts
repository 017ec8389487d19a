import { startOfLocalDay, toLocalDay } from "../daemon/core/clock.ts";
import { toLocalTime } from "../daemon/core/local-time.ts";

/** An instant in local time, as short as possible: `14:30`, `tomorrow 09:00`, `2026-03-01 09:00`. */
export function describeTime(instant: string, now: number): string {
  const ms = Date.parse(instant);
  const time = toLocalTime(ms);
  const isFrom = (daysLater: number): boolean =>
    ms >= startOfLocalDay(now, daysLater) && ms < startOfLocalDay(now, daysLater + 1);
  if (isFrom(0)) return time;
  return `${isFrom(1) ? "tomorrow" : toLocalDay(ms)} ${time}`;
}

/** The age of an instant: `now`, `5 min ago`, `3 h ago`, else the day. */
export function describeAge(instant: string, now: number): string {
  const ms = Date.parse(instant);
  const minutes = Math.floor((now - ms) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} h ago` : toLocalDay(ms);
}

/** The minutes from now to the next local midnight, rounded up. */
export function minutesToTomorrow(now: number): number {
  return Math.ceil((startOfLocalDay(now, 1) - now) / 60_000);
}
