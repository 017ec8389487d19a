import ICAL from "ical.js";
import { oneLine } from "../../core/one-line.ts";
import type { Warning } from "../../protocol/warning.ts";
import { decode } from "../decode.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { formatFields } from "../records.ts";
import { createTextWriter } from "../text-writer.ts";

type Component = InstanceType<typeof ICAL.Component>;

const MAX_ENTRIES = 5_000;
const KINDS = new Set(["vevent", "vtodo", "vjournal"]);

/**
 * A calendar (iCalendar, RFC 5545): each to-do as a list item with a box and its due date, each event and journal entry
 * below a heading with its dates, place and people.
 */
export function extractCalendar({ bytes }: FileContent): Extracted {
  const { text, warnings: ofDecoding } = decode(bytes);
  const warnings: Warning[] = [...ofDecoding];
  const writer = createTextWriter();
  const calendars = readCalendars(text);
  const entries = calendars.flatMap((one) => [
    ...(KINDS.has(one.name) ? [one] : []),
    ...one.getAllSubcomponents().filter(({ name }) => KINDS.has(name)),
  ]);
  if (entries.length > MAX_ENTRIES) {
    const message = `Only the first ${MAX_ENTRIES} of ${entries.length} entries were read.`;
    warnings.push({ code: "rows_beyond_limit", message });
  }
  for (const entry of entries.slice(0, MAX_ENTRIES)) {
    const summary = oneLine(valueOf(entry, "summary"));
    if (entry.name === "vtodo") {
      const isDone = valueOf(entry, "completed") !== "" || /^completed$/iu.test(statusOf(entry));
      const due = valueOf(entry, "due").slice(0, 10);
      const title = `${summary === "" ? "To do" : summary}${due === "" ? "" : ` (due ${due})`}`;
      writer.block(title, { indent: 6, marker: `- [${isDone ? "x" : " "}] ` });
      writer.block(describe(entry), { indent: 2 });
    } else {
      writer.heading(2, summary === "" ? "Entry without a name" : summary);
      writer.block(describe(entry));
    }
  }
  const written = writer.finish();
  const names = calendars.map((one) => valueOf(one, "x-wr-calname"));
  return {
    ...written,
    title: names.map(oneLine).find((name) => name !== "") ?? null,
    metadata: {},
    warnings: [...warnings, ...written.warnings],
  };
}

/** @throws where the text is no iCalendar */
function readCalendars(text: string): Component[] {
  const parsed = ICAL.parse(text) as unknown[];
  const all = typeof parsed[0] === "string" ? [parsed] : (parsed as unknown[][]);
  return all.map((one) => new ICAL.Component(one as never));
}

/** The value of a property as text; dates as `YYYY-MM-DD` or `YYYY-MM-DD hh:mm`, with their zone. */
function valueOf(component: Component, name: string): string {
  const property = component.getFirstProperty(name);
  return property === null ? "" : showValue(property);
}

function showValue(property: NonNullable<ReturnType<Component["getFirstProperty"]>>): string {
  const value: unknown = property.getFirstValue();
  if (!(value instanceof ICAL.Time)) return textOf(value);
  const [day = "", time] = value.toString().replace(/Z$/u, "").split("T");
  if (time === undefined) return day;
  const zone = property.getParameter("tzid") ?? (value.toString().endsWith("Z") ? "UTC" : "");
  return `${day} ${time.slice(0, 5)} ${String(zone)}`.trim();
}

/** Durations and rules write themselves as the file has them. */
function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : `${value as string}`;
}

function statusOf(entry: Component): string {
  return valueOf(entry, "status");
}

function describe(entry: Component): string {
  const end = valueOf(entry, "dtend");
  const when = [valueOf(entry, "dtstart"), end].filter((time) => time !== "").join(" to ");
  const people = (name: string): string =>
    entry
      .getAllProperties(name)
      .map((property) => {
        const address = String(property.getFirstValue() ?? "").replace(/^mailto:/iu, "");
        const known = property.getParameter("cn");
        return known === undefined ? address : `${String(known)} <${address}>`;
      })
      .join(", ");
  const status = statusOf(entry);
  return formatFields([
    ["When", entry.name === "vtodo" ? "" : when],
    ["Repeats", valueOf(entry, "rrule")],
    ["Where", oneLine(valueOf(entry, "location"))],
    ["Status", /^(?:completed|needs-action|confirmed)$/iu.test(status) ? "" : status.toLowerCase()],
    ["Organizer", people("organizer")],
    ["Attendees", people("attendee")],
    ["Link", valueOf(entry, "url")],
    ["Description", valueOf(entry, "description").trim()],
  ]);
}
