/** Numbers and times for people, in the browser's locale and the machine's time zone. */

const whole = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
});
const dayOfYear = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
});
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** With separators: `12,345`. */
export const formatCount = (count: number): string => whole.format(count);
/** Rounded: `12.3K`. */
export const formatShort = (count: number): string => short.format(count);

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : many}`;
}

/** null: the price is unknown, which is never shown as $0. */
export function formatUsd(usd: number | null): string {
  if (usd === null) return "price unknown";
  if (usd === 0) return "$0";
  return usd < 0.01 ? "under $0.01" : `$${usd.toFixed(2)}`;
}

/** The local day of an instant, `YYYY-MM-DD`. */
export function localDay(date: Date): string {
  const month = String(date.getMonth() + 1).padStart(2, "0");
  return `${date.getFullYear()}-${month}-${String(date.getDate()).padStart(2, "0")}`;
}

/** The time of today, a date with time within 300 days, or a date. */
export function formatInstant(instant: string, now = new Date()): string {
  const date = new Date(instant);
  if (localDay(date) === localDay(now)) return time.format(date);
  const isNear = Math.abs(date.getTime() - now.getTime()) < 300 * 86_400_000;
  return isNear ? `${day.format(date)}, ${time.format(date)}` : dayOfYear.format(date);
}

export const formatFullInstant = (instant: string): string => full.format(new Date(instant));

/** A due date in words: `today`, `Mon, Mar 2`. @param date `YYYY-MM-DD` */
export function formatDay(date: string, now = new Date()): string {
  const [year = 0, month = 1, dayOfMonth = 1] = date.split("-").map(Number);
  const away = Math.round(
    (Date.UTC(year, month - 1, dayOfMonth) -
      Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())) /
      86_400_000,
  );
  if (away === 0) return "today";
  if (away === 1) return "tomorrow";
  if (away === -1) return "yesterday";
  const local = new Date(year, month - 1, dayOfMonth);
  return Math.abs(away) < 300 ? day.format(local) : dayOfYear.format(local);
}

/** In the unit that fits: `4.2 s`, `12 min`, `1.5 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** In decimal units: `1.2 kB`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A code as words: `not_watched` is "not watched". */
export const sayCode = (code: string): string =>
  code === "attention" ? "needs attention" : code.replaceAll("_", " ");
