import { expect, test } from "vitest";
import { systemClock } from "../../daemon/core/clock.ts";
import { silentLogger } from "../../daemon/core/logger.ts";
import { type Schedule, startSchedule } from "../../daemon/trigger/schedule.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { waitFor } from "../helper/program.ts";
import { MINUTE_MS, HOUR_MS, DAY_MS, schedule } from "./scheduled.ts";

test.each([
  ["*/20 * * * *", "UTC", ["10:20:00", "10:40:00", "11:00:00"]],
  ["*/30 59 * * * *", "UTC", ["10:59:00", "10:59:30"]],
  ["@hourly", "UTC", ["11:00:00"]],
  ["30 11 * * *", "Europe/Berlin", ["10:30:00"]],
  ["45 4 * * MON", "America/New_York", []],
  ["45 5 * * MON", "America/New_York", ["10:45:00"]],
  ["2026-01-05T10:10:00", "UTC", ["10:10:00"]],
])("%s in %s ticks on time", async (pattern, timezone, times) => {
  const { clock, answers, start } = schedule(pattern, "2026-01-05T10:00:00.000Z", timezone);
  start();
  await clock.pass(HOUR_MS);
  const expected = times.map((time) => `2026-01-05T${time}.000Z`);
  expect(answers).toEqual(expected.map((at) => ({ at, missed: false, answered_at: at })));
});

test("@daily ticks at midnight of its time zone, also on days of 23 and 25 hours", async () => {
  const { clock, start, take } = schedule("@daily", "2026-03-28T12:00:00Z", "Europe/Berlin");
  start();
  await clock.pass(2 * DAY_MS);
  expect(take()).toEqual(["2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"]);
  clock.jump(Date.parse("2026-10-24T12:00:00Z") - clock.now());
  await clock.pass(2 * DAY_MS);
  expect(take().slice(1)).toEqual(["2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"]);
});

// In Berlin 02:00 becomes 03:00 at 01:00 UTC, and 03:00 becomes 02:00 at 01:00 UTC.
// In New York 02:00 becomes 03:00 at 07:00 UTC, and 02:00 becomes 01:00 at 06:00 UTC.
test.each<[string, string, string, string[]]>([
  ["30 2 * * *", "Europe/Berlin", "2026-03-29", ["01:00"]],
  ["30 2,14 * * *", "Europe/Berlin", "2026-03-29", ["01:00", "12:30"]],
  ["0 2,3 * * *", "Europe/Berlin", "2026-03-29", ["01:00"]],
  ["*/30 2 * * *", "Europe/Berlin", "2026-03-29", []],
  ["30 2 * * *", "Europe/Berlin", "2026-10-25", ["00:30"]],
  ["30 2,14 * * *", "Europe/Berlin", "2026-10-25", ["00:30", "13:30"]],
  ["*/30 2 * * *", "Europe/Berlin", "2026-10-25", ["00:00", "00:30", "01:00", "01:30"]],
  ["30 2 * * *", "America/New_York", "2026-03-08", ["07:00"]],
  ["30 1 * * *", "America/New_York", "2026-11-01", ["05:30"]],
  ["15 */6 * * *", "America/New_York", "2026-11-01", ["04:15", "11:15", "17:15", "23:15"]],
])("%s in %s on %s ticks at %j UTC", async (pattern, timezone, day, times) => {
  const { clock, start, take } = schedule(pattern, `${day}T00:00:00Z`, timezone);
  // So that a tick at midnight is still to come.
  clock.jump(-1);
  start();
  await clock.pass(DAY_MS);
  expect(take()).toEqual(times.map((time) => `${day}T${time}:00.000Z`));
});

test("over a day on which clocks change, a restart every hour answers each tick once", async () => {
  for (const [pattern, day, count] of [
    ["30 2 * * *", "2026-03-29", 1],
    ["30 2 * * *", "2026-10-25", 1],
    ["*/5 * * * *", "2026-03-29", 287],
    ["*/5 * * * *", "2026-10-25", 287],
  ] as const) {
    const { clock, answers, start, stop } = schedule(pattern, `${day}T00:00:00Z`, "Europe/Berlin");
    for (let hour = 0; hour < 24; hour += 1) {
      start();
      await clock.pass(HOUR_MS - 1);
      stop();
      await clock.pass(1);
    }
    expect(new Set(answers.map(({ at }) => at)).size).toBe(answers.length);
    expect(answers).toHaveLength(count);
  }
});

test("a schedule that is new has missed nothing, nor has one that saw to its last tick", async () => {
  const { clock, start, stop, take } = schedule("0 * * * *", "2026-01-05T10:30:00Z");
  start();
  await clock.pass(HOUR_MS);
  expect(take()).toEqual(["2026-01-05T11:00:00.000Z"]);
  stop();
  start();
  await clock.pass(MINUTE_MS);
  expect(take()).toEqual([]);
});

test("ticks that came while no process was there are answered once, as the last of them, at the start", async () => {
  const { clock, start, stop, take } = schedule("0 * * * *", "2026-01-05T10:30:00Z");
  start();
  stop();
  await clock.pass(5 * HOUR_MS);
  start();
  await clock.pass(0);
  expect(take()).toEqual(["missed 2026-01-05T15:00:00.000Z"]);
  await clock.pass(HOUR_MS);
  expect(take()).toEqual(["2026-01-05T16:00:00.000Z"]);
});

test("ticks that came while the machine slept are answered once, half a minute after it woke at the latest", async () => {
  const { clock, answers, start, take } = schedule("*/5 * * * *", "2026-01-05T10:02:00Z");
  start();
  await clock.pass(MINUTE_MS);
  clock.jump(DAY_MS);
  await clock.pass(MINUTE_MS);
  expect(take()).toEqual(["missed 2026-01-06T10:00:00.000Z"]);
  expect(answers[0]?.answered_at).toBe("2026-01-06T10:03:30.000Z");
  await clock.pass(2 * MINUTE_MS);
  expect(take()).toEqual(["2026-01-06T10:05:00.000Z"]);
});

test("a tick that a busy process answers some seconds late was not missed", async () => {
  const { clock, start, take } = schedule("*/5 * * * *", "2026-01-05T10:04:40Z");
  start();
  await clock.pass(1000);
  await clock.advance(22_000);
  expect(take()).toEqual(["2026-01-05T10:05:00.000Z"]);
});

test("a clock that is set back past the last tick does not answer it again", async () => {
  const { clock, start, stop, take } = schedule("*/5 * * * *", "2026-01-05T10:02:00Z");
  start();
  await clock.pass(4 * MINUTE_MS);
  expect(take()).toEqual(["2026-01-05T10:05:00.000Z"]);
  clock.jump(-3 * MINUTE_MS);
  await clock.pass(MINUTE_MS);
  stop();
  const { nextRunAt } = start();
  await clock.pass(2 * MINUTE_MS);
  expect(take()).toEqual([]);
  expect(nextRunAt()).toBe("2026-01-05T10:10:00.000Z");
  await clock.pass(4 * MINUTE_MS);
  expect(take()).toEqual(["2026-01-05T10:10:00.000Z"]);
});

test.each([
  ["0 * * * *", -4 * HOUR_MS, "2026-01-05T07:00:00.000Z"],
  ["*/5 * * * *", -DAY_MS, "2026-01-04T10:35:00.000Z"],
  ["0 9 * * *", -3 * DAY_MS, "2026-01-03T09:00:00.000Z"],
])(
  "a schedule %s goes on at once when the clock is set back by %d ms",
  async (pattern, ms, first) => {
    const { clock, start, stop, take } = schedule(pattern, "2026-01-05T08:30:00Z");
    start();
    await clock.pass(2 * HOUR_MS);
    take();
    clock.jump(ms);
    const { nextRunAt } = start();
    await clock.pass(MINUTE_MS);
    expect(nextRunAt()).toBe(first);
    stop();
  },
);

test("a clock that was years ahead does not hold a schedule up once it is right again", async () => {
  const { clock, start, stop, take } = schedule("0 * * * *", "2031-01-05T10:30:00Z");
  start();
  await clock.pass(HOUR_MS);
  stop();
  take();
  clock.jump(-5 * 365 * DAY_MS);
  start();
  await clock.pass(HOUR_MS);
  expect(take()).toEqual(["2026-01-06T12:00:00.000Z"]);
});

test("a tick whose answer throws is logged, and the next one comes", async () => {
  const clock = fakeClock("2026-01-05T10:30:00Z");
  const logged: object[] = [];
  const ticks: string[] = [];
  const { stop } = startSchedule({
    pattern: "0 * * * *",
    timezone: "UTC",
    clock,
    logger: { ...silentLogger, error: (fields) => logged.push(fields) },
    lastTick: null,
    onTick({ at }) {
      ticks.push(at);
      throw new Error("no");
    },
  });
  await clock.pass(2 * HOUR_MS);
  stop();
  expect(ticks).toEqual(["2026-01-05T11:00:00.000Z", "2026-01-05T12:00:00.000Z"]);
  expect(logged).toMatchObject(ticks.map((at) => ({ at, pattern: "0 * * * *" })));
});

test("nothing ticks after a stop, not even what is due already", async () => {
  const { clock, start, stop, take } = schedule("0 * * * *", "2026-01-05T10:30:00Z");
  start();
  stop();
  await clock.pass(HOUR_MS);
  start();
  const woken = clock.advance(0);
  stop();
  await woken;
  await clock.pass(HOUR_MS);
  expect(take()).toEqual([]);
  expect(clock.sleepers()).toBe(0);
});

test("the tick of a start comes after the caller holds what it started, and may stop it", async () => {
  const clock = fakeClock("2026-01-05T10:30:00Z");
  const ticks: string[] = [];
  const started: Schedule = startSchedule({
    pattern: "* * * * *",
    timezone: null,
    clock,
    logger: silentLogger,
    lastTick: "2026-01-05T09:30:00.000Z",
    onTick({ at }) {
      ticks.push(at);
      started.stop();
    },
  });
  expect(ticks).toEqual([]);
  await clock.pass(HOUR_MS);
  expect(ticks).toEqual(["2026-01-05T10:30:00.000Z"]);
});

test.each(["0 0 31 2 *", "2020-01-01T00:00:00", "0 0 0 1 1 * 2020"])(
  "%s never comes, and waits for nothing",
  async (pattern) => {
    const { clock, start, take } = schedule(pattern, "2026-01-05T10:30:00Z");
    const { nextRunAt } = start();
    expect(nextRunAt()).toBeNull();
    await clock.pass(DAY_MS);
    expect(take()).toEqual([]);
    expect(clock.sleepers()).toBe(0);
  },
);

test("the next run is the next tick to come, whatever is still to be answered", async () => {
  const { clock, start, stop } = schedule("0 * * * *", "2026-01-05T10:30:00Z");
  expect(start().nextRunAt()).toBe("2026-01-05T11:00:00.000Z");
  stop();
  await clock.pass(DAY_MS);
  const { nextRunAt } = start();
  expect(nextRunAt()).toBe("2026-01-06T11:00:00.000Z");
  await clock.pass(HOUR_MS);
  expect(nextRunAt()).toBe("2026-01-06T12:00:00.000Z");
});

test("by the system's clock a tick comes when its second has begun", async () => {
  const late: number[] = [];
  const { stop } = startSchedule({
    pattern: "* * * * * *",
    timezone: null,
    clock: systemClock,
    logger: silentLogger,
    lastTick: null,
    onTick: ({ at }) => late.push(Date.now() - Date.parse(at)),
  });
  await waitFor("two ticks", () => late.length >= 2);
  stop();
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
});
