/** A part of the local day, in minutes since midnight; `to` is not in it. It may go over midnight. */
export interface Hours {
  from: number;
  to: number;
}

const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;
const MINUTE_MS = 60_000;
// Every hour comes within a day, except on a day whose clock change leaves it out.
const FAR_MINUTES = 49 * 60;

/** Reads hours such as `22:00-07:00`; undefined: it is no such text, or begins and ends at once. */
export function parseHours(text: string): Hours | undefined {
  const [, ...parts] = HOURS.exec(text) ?? [];
  const [fromHour, fromMinute, toHour, toMinute] = parts.map(Number);
  if (fromHour === undefined || fromMinute === undefined) return undefined;
  if (toHour === undefined || toMinute === undefined) return undefined;
  const hours = { from: fromHour * 60 + fromMinute, to: toHour * 60 + toMinute };
  return hours.from === hours.to ? undefined : hours;
}

/**
 * When the hours next begin, in milliseconds since 1970; null: they are on. It follows the clock on the wall, minute by
 * minute, so that it is right on days when the clocks change.
 */
export function findOpening(hours: Hours, now: number): number | null {
  if (isWithin(hours, now)) return null;
  let at = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  for (let minute = 0; minute < FAR_MINUTES; minute += 1) {
    at += MINUTE_MS;
    if (isWithin(hours, at)) return at;
  }
  return at;
}

function isWithin({ from, to }: Hours, ms: number): boolean {
  const date = new Date(ms);
  const minute = date.getHours() * 60 + date.getMinutes();
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}
