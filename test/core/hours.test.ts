import { afterEach, beforeEach, expect, test } from "vitest";
import { findOpening, parseHours } from "../../daemon/core/hours.ts";

let zone: string | undefined;

beforeEach(() => {
  zone = process.env["TZ"];
});

afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

const BERLIN = "Europe/Berlin";

test.each([
  // [place, hours, now, when they begin; null: they are on]
  ["UTC", "22:00-07:00", "2026-12-01T21:59:59.999Z", "2026-12-01T22:00:00.000Z"],
  ["UTC", "22:00-07:00", "2026-12-01T22:00:00.000Z", null],
  ["UTC", "22:00-07:00", "2026-12-02T00:00:00.000Z", null],
  ["UTC", "22:00-07:00", "2026-12-02T06:59:59.999Z", null],
  ["UTC", "22:00-07:00", "2026-12-02T07:00:00.000Z", "2026-12-02T22:00:00.000Z"],
  ["UTC", "09:00-17:30", "2026-12-01T17:29:00.000Z", null],
  ["UTC", "09:00-17:30", "2026-12-01T17:30:00.000Z", "2026-12-02T09:00:00.000Z"],
  ["UTC", "00:00-23:59", "2026-12-01T23:59:30.000Z", "2026-12-02T00:00:00.000Z"],
  ["Asia/Kathmandu", "22:00-07:00", "2026-12-01T15:00:00.000Z", "2026-12-01T16:15:00.000Z"],
  // The clocks go from 02:00 to 03:00: the day has 23 hours.
  [BERLIN, "22:00-07:00", "2026-03-29T05:30:00.000Z", "2026-03-29T20:00:00.000Z"],
  [BERLIN, "02:30-05:00", "2026-03-29T00:59:00.000Z", "2026-03-29T01:00:00.000Z"],
  [BERLIN, "02:15-02:45", "2026-03-29T00:59:00.000Z", "2026-03-30T00:15:00.000Z"],
  // They go back from 03:00 to 02:00: 02:30 comes twice.
  [BERLIN, "02:30-02:45", "2026-10-25T00:30:00.000Z", null],
  [BERLIN, "02:30-02:45", "2026-10-25T00:50:00.000Z", "2026-10-25T01:30:00.000Z"],
  [BERLIN, "02:30-02:45", "2026-10-25T01:50:00.000Z", "2026-10-26T01:30:00.000Z"],
])("in %s the hours %s at %s begin at %s", (place, text, now, opening) => {
  process.env["TZ"] = place;
  const hours = parseHours(text);
  expect(hours).toBeDefined();
  const at = hours === undefined ? null : findOpening(hours, Date.parse(now));
  expect(at === null ? null : new Date(at).toISOString()).toBe(opening);
});

test.each([
  "22:00-22:00",
  "22:00-24:00",
  "7:00-22:00",
  "22:00-7:00",
  "22:60-07:00",
  "22-07",
  "22:00 - 07:00",
  "22:00–07:00",
  "22:00-07:00 ",
  "",
])("%j are no hours", (text) => {
  expect(parseHours(text)).toBeUndefined();
});
