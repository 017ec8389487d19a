// Tasks as iCalendar (RFC 5545): one VTODO for each task, whose UID never changes.
import { CALENDAR_MARK } from "../../core/export-mark.ts";
import { visibleText } from "../../core/visible-text.ts";
import type { Task } from "../../protocol/entity.ts";
import type { Entities } from "./entities.ts";

/** The text of the file, by name. */
export function toCalendar({ projects, tasks }: Entities): Map<string, string> {
  const names = new Map(projects.map(({ id, name }) => [id, name]));
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    `PRODID:${CALENDAR_MARK}`,
    "CALSCALE:GREGORIAN",
    ...tasks.flatMap((task) => toTodo(task, names.get(task.project_id ?? ""))),
    "END:VCALENDAR",
  ];
  return new Map([["tasks.ics", lines.map((line) => `${fold(line)}\r\n`).join("")]]);
}

const STATUS = { open: "NEEDS-ACTION", done: "COMPLETED", cancelled: "CANCELLED" } as const;
// Section 3.8.1.9: 1 is the highest, 9 the lowest.
const PRIORITY = { high: 1, normal: 5, low: 9 } as const;

function toTodo(task: Task, project: string | undefined): string[] {
  const { id, title, description, status, priority, due_date, tags } = task;
  const categories = [...new Set([...(project === undefined ? [] : [project]), ...tags])];
  return [
    "BEGIN:VTODO",
    `UID:${id}@agent-runner`,
    // The update time, so that the file stays equal until the task changes.
    `DTSTAMP:${toDateTime(task.updated_at)}`,
    `CREATED:${toDateTime(task.created_at)}`,
    `LAST-MODIFIED:${toDateTime(task.updated_at)}`,
    `SUMMARY:${toText(title)}`,
    ...(description.trim() === "" ? [] : [`DESCRIPTION:${toText(description)}`]),
    ...(due_date === null ? [] : [`DUE;VALUE=DATE:${due_date.replaceAll("-", "")}`]),
    ...(categories.length === 0 ? [] : [`CATEGORIES:${categories.map(toText).join(",")}`]),
    `PRIORITY:${PRIORITY[priority]}`,
    `STATUS:${STATUS[status]}`,
    "END:VTODO",
  ];
}

/** `2026-11-22T08:00:00.123Z` as `20261122T080000Z`. */
function toDateTime(instant: string): string {
  return instant.replaceAll(/[-:]|\.\d+/gu, "");
}

/** Section 3.3.11. */
function toText(text: string): string {
  return visibleText(text)
    .replaceAll("\t", " ")
    .replaceAll(/[\\;,]/gu, "\\$&")
    .replaceAll("\n", "\\n");
}

// Section 3.1: octets in a line, without the line break.
const LONGEST_LINE = 75;

/** Folds a long line: every later part begins with a space. Never splits a character. */
function fold(line: string): string {
  let folded = "";
  let length = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (length + size > LONGEST_LINE) {
      folded += "\r\n ";
      length = 1;
    }
    folded += character;
    length += size;
  }
  return folded;
}
