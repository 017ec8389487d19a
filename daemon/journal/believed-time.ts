import { type Clock, toInstant } from "../core/clock.ts";
import type { Journal } from "./open.ts";
import { readSetting, writeSetting } from "./settings.ts";

/*
 * The time by which old rows are deleted. Nothing is deleted because a clock jumped ahead and was set right again
 * within a day. A clock that is set back only keeps rows for longer.
 */

/** What is kept across restarts, in instants (ISO 8601). */
interface Seen {
  /** The last time that was believed. */
  at: string;
  /** A time far ahead of it: when it was first seen, and last. */
  doubted?: { since: string; last: string };
}

const NAME = "believed_time";
// A clock further ahead of the last known time is right only if the machine was off that long, so it has to stay for
// as long before it is believed.
const DOUBT_MS = 24 * 60 * 60_000;
// The machine may be off over a weekend meanwhile; a longer leap is another wrong time.
const LEAP_MS = 3 * DOUBT_MS;
// Callers may ask many times a second.
const KEEP_MS = 60_000;

/** The time to compare the age of rows with, in milliseconds since 1970. Call it once a day or more often. */
export function readBelievedTime(journal: Journal, clock: Clock): number {
  const now = clock.now();
  const seen = readSetting(journal, NAME) as Seen | undefined;
  const next = believe(seen, now);
  const keptMs = Date.parse(seen?.doubted?.last ?? seen?.at ?? "");
  if (!(Math.abs(now - keptMs) < KEEP_MS)) writeSetting(journal, NAME, next);
  return Date.parse(next.at);
}

function believe(seen: Seen | undefined, now: number): Seen {
  const nowAt = toInstant(now);
  if (seen === undefined || now - Date.parse(seen.at) <= DOUBT_MS) return { at: nowAt };
  const { doubted } = seen;
  const sinceLast = doubted === undefined ? undefined : now - Date.parse(doubted.last);
  const isSameClock = sinceLast !== undefined && sinceLast >= 0 && sinceLast <= LEAP_MS;
  const since = doubted !== undefined && isSameClock ? doubted.since : nowAt;
  return now - Date.parse(since) >= DOUBT_MS
    ? { at: nowAt }
    : { at: seen.at, doubted: { since, last: nowAt } };
}
