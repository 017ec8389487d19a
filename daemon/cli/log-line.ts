import type { Screen } from "./output.ts";
import { escapeText, toSafeJson } from "./text.ts";
import { isRecord } from "../core/record.ts";

export const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

/** A line of the log: `{time, level, message}` and its fields beside them. */
export interface LogEntry extends Record<string, unknown> {
  /** ISO 8601; null: this is not a line of our log. */
  time: string | null;
  level: Level;
  message: string;
}

const COLOURS = { debug: "dim", info: "cyan", warn: "yellow", error: "red" } as const;

/** Parses a line of the log; an incomplete or foreign line becomes a message of level `error`. */
export function parseLogLine(line: string): LogEntry {
  const damaged: LogEntry = { time: null, level: "error", message: line };
  let written: unknown;
  try {
    written = JSON.parse(line);
  } catch {
    return damaged;
  }
  if (typeof written !== "object" || written === null || Array.isArray(written)) return damaged;
  const { time, level, msg, ...fields } = written as Record<string, unknown>;
  if (typeof time !== "string" || Number.isNaN(Date.parse(time))) return damaged;
  return { time, level: toLevel(level), message: typeof msg === "string" ? msg : "", ...fields };
}

/** Whether `level` is `least` or worse. */
export function isAtLeast(level: Level, least: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

// https://github.com/pinojs/pino/blob/main/docs/api.md#loggerlevels-object
function toLevel(level: unknown): Level {
  const number = typeof level === "number" ? level : 30;
  if (number >= 50) return "error";
  if (number >= 40) return "warn";
  return number >= 30 ? "info" : "debug";
}

/** One line in local time, and an error's stack below it. The strings are already escaped. */
export function renderLogEntry(entry: LogEntry, { style }: Screen): string[] {
  const { time, level, message, ...fields } = entry;
  if (time === null) return [message];
  const shown = Object.entries(fields).flatMap(([name, value]) => {
    const text = name === "err" ? messageOf(value) : value;
    return text === undefined ? [] : [`${style("dim", `${escapeText(name)}=`)}${format(text)}`];
  });
  const head = [
    style("dim", formatTime(time)),
    style(COLOURS[level], level.padEnd(5)),
    message,
    ...shown,
  ].join(" ");
  return [head, ...stackOf(fields["err"]).map((line) => style("dim", `  ${line}`))];
}

/** `2026-08-09 14:03:07.123` */
function formatTime(time: string): string {
  const date = new Date(time);
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, "0");
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => pad(part));
  return `${day} ${clock.join(":")}.${pad(date.getMilliseconds(), 3)}`;
}

function format(value: unknown): string {
  if (typeof value !== "string") return toSafeJson(value, 0);
  return value === "" || /[\s"]/u.test(value) ? `"${value}"` : value;
}

function messageOf(error: unknown): unknown {
  return isRecord(error) && "message" in error ? error["message"] : error;
}

function stackOf(error: unknown): string[] {
  const stack = isRecord(error) ? error["stack"] : undefined;
  // Its line breaks were escaped; its first line repeats the message.
  return typeof stack === "string" ? stack.split(/\\n\s*/u).slice(1) : [];
}
