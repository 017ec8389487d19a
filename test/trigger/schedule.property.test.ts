import fc from "fast-check";
import { expect, test } from "vitest";
import { toInstant } from "../../daemon/core/clock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, schedule } from "./scheduled.ts";

type Fields = Record<"minute" | "hour" | "second" | "day" | "month" | "weekday", number>;

/** Patterns, each with what it means in local time. None names a time that a day may have twice or not at all. */
const PATTERNS: Record<string, (local: Fields) => boolean> = {
  "*/5 * * * *": ({ minute, second }) => minute % 5 === 0 && second === 0,
  "30 */10 * * * *": ({ minute, second }) => minute % 10 === 0 && second === 30,
  "7,37 * * * *": ({ minute, second }) => [7, 37].includes(minute) && second === 0,
  "*/30 0-4 * * *": ({ minute, second, hour }) => minute % 30 === 0 && second === 0 && hour <= 4,
  "@hourly": ({ minute, second }) => minute === 0 && second === 0,
  "@daily": ({ minute, second, hour }) => hour === 0 && minute === 0 && second === 0,
  "0 9 * * 1-5": ({ minute, second, hour, weekday }) =>
    hour === 9 && minute === 0 && second === 0 && weekday >= 1 && weekday <= 5,
  "15 12 1 * 0": ({ minute, second, hour, day, weekday }) =>
    hour === 12 && minute === 15 && second === 0 && (day === 1 || weekday === 0),
};
// Hours before clocks change in Berlin, in New York, and by half an hour only on Lord Howe Island.
const STARTS = [
  "2026-03-28T20:00Z",
  "2026-10-24T20:00Z",
  "2026-03-07T20:00Z",
  "2026-10-31T20:00Z",
  "2026-04-04T10:00Z",
  "2026-10-03T10:00Z",
];
const ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"];
// All patterns tick on multiples of this.
const GRID_MS = 30_000;
const SPAN_MS = 4 * DAY_MS;
const BACK_MS = DAY_MS;

/** Every tick from four days around a start, found by asking for each half minute. */
function allTicks(pattern: string, timezone: string, start: number): number[] {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    year: "numeric",
  });
  const ticks: number[] = [];
  for (let ms = start - BACK_MS; ms <= start + SPAN_MS; ms += GRID_MS) {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = format
      .format(ms)
      .split(/\D+/u)
      .map(Number);
    const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
    if (PATTERNS[pattern]?.({ month, day, hour, minute, second, weekday })) ticks.push(ms);
  }
  return ticks;
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 5 * HOUR_MS }) }) },
  { weight: 1, arbitrary: fc.record({ jump: fc.integer({ min: 1, max: 12 * HOUR_MS }) }) },
  { weight: 1, arbitrary: fc.record({ back: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 2, arbitrary: fc.constant("restart" as const) },
  { weight: 1, arbitrary: fc.record({ down: fc.integer({ min: 1, max: 8 * HOUR_MS }) }) },
);

test("whatever the pattern and however often stopped and set, every tick is answered once and in time", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(PATTERNS)),
      fc.constantFrom(...ZONES),
      fc.constantFrom(...STARTS),
      // At most six: no more than three days ahead.
      fc.array(step, { maxLength: 6 }),
      async (pattern, timezone, at, steps) => {
        const { clock, answers, start, stop } = schedule(pattern, at, timezone);
        const begin = clock.now();
        const ticks = allTicks(pattern, timezone, begin);
        let latest = begin;
        const lastAnswer = (): number => Date.parse(answers.at(-1)?.at ?? toInstant(begin));
        const lastTick = (): number => ticks.findLast((ms) => ms <= latest && ms > begin) ?? begin;

        /** While nothing disturbs it, every tick that is new is answered at its own instant. */
        const passQuietly = async (ms: number): Promise<void> => {
          const from = clock.now();
          const count = answers.length;
          await clock.pass(ms);
          const due = ticks.filter((each) => each > Math.max(from, latest) && each <= from + ms);
          const expected = due.map(toInstant);
          expect(answers.slice(count)).toEqual(
            expected.map((each) => ({ at: each, missed: false, answered_at: each })),
          );
          latest = Math.max(latest, clock.now());
        };
        /** Half a minute after a disturbance nothing is left to be answered. */
        const settle = async (): Promise<void> => {
          await clock.pass(GRID_MS);
          latest = Math.max(latest, clock.now());
          expect(lastAnswer()).toBe(lastTick());
        };

        start();
        await passQuietly(MINUTE_MS);
        for (const each of steps) {
          if (each === "restart") {
            stop();
            start();
            await settle();
          } else if ("down" in each) {
            stop();
            await clock.pass(each.down);
            start();
            await settle();
          } else if ("jump" in each) {
            clock.jump(each.jump);
            await settle();
          } else if ("back" in each) {
            // Set back further, a schedule starts anew.
            const before = ticks.findLast((ms) => ms < lastAnswer()) ?? clock.now();
            clock.jump(-Math.floor(each.back * Math.max(0, clock.now() - before)));
            await settle();
          } else await passQuietly(each.pass);
        }
        stop();

        const times = answers.map((answer) => Date.parse(answer.at));
        expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
        for (const [index, { at: tick, missed, answered_at }] of answers.entries()) {
          const covered = ticks.filter(
            (ms) => ms > (times[index - 1] ?? begin) && ms <= Date.parse(tick),
          );
          expect(covered.at(-1)).toBe(Date.parse(tick));
          const lateMs = Date.parse(answered_at) - (covered[0] ?? 0);
          expect(missed).toBe(lateMs > 5000);
        }
      },
    ),
    { numRuns: 60 },
  );
});
