import { toLocalTime } from "./local-time.ts";

/** How far an agent is with the files that wait for its model. */
export interface Backlog {
  done: number;
  total: number;
  /** Of the files that are left, those that wait for a reason. */
  waiting: number;
  /** When the model's hours begin that some of these wait for, ISO 8601; left out: none does. */
  waiting_until?: string;
  /** For the files that do not wait; null: not known. */
  seconds_left: number | null;
}

/** `12 of 340 files, about 3 hours left` */
export function sayBacklog(backlog: Backlog): string {
  const { done, total } = backlog;
  return `${done} of ${total} ${total === 1 ? "file" : "files"}, ${sayRest(backlog)}`;
}

/** `about 3 hours left`, `28 waiting, about 3 hours left for the others`, `28 waiting until 22:00` */
export function sayRest({ done, total, waiting, waiting_until, seconds_left }: Backlog): string {
  if (waiting === 0) return sayTime(seconds_left);
  const until =
    waiting_until === undefined ? "" : ` until ${toLocalTime(Date.parse(waiting_until))}`;
  if (done + waiting >= total) return `${waiting} waiting${until}`;
  return `${waiting} waiting${until}, ${sayTime(seconds_left)} for the others`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function sayTime(seconds: number | null): string {
  if (seconds === null) return "time left not known yet";
  if (seconds < MINUTE) return "less than a minute left";
  if (seconds < 1.5 * HOUR) return sayAbout(seconds / MINUTE, "minute");
  if (seconds < 1.5 * DAY) return sayAbout(seconds / HOUR, "hour");
  return sayAbout(seconds / DAY, "day");
}

function sayAbout(amount: number, unit: string): string {
  const whole = Math.round(amount);
  return `about ${whole} ${unit}${whole === 1 ? "" : "s"} left`;
}
