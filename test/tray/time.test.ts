import { expect, test } from "vitest";
import { describeAge, describeTime, minutesToTomorrow } from "../../tray/time.ts";

const NOW = new Date(2026, 2, 1, 23, 30).getTime();
const at = (day: number, hours: number, minutes = 0): string =>
  new Date(2026, 2, day, hours, minutes).toISOString();

test.each([
  [at(1, 14, 5), "14:05"],
  [at(2, 9), "tomorrow 09:00"],
  [at(3, 9), "2026-03-03 09:00"],
  [at(-1, 9), "2026-02-27 09:00"],
])("%s is %s on the first of March", (instant, said) => {
  expect(describeTime(instant, NOW)).toBe(said);
});

test.each([
  [at(1, 23, 30), "now"],
  [at(1, 23, 31), "now"],
  [at(1, 23, 25), "5 min ago"],
  [at(1, 20), "3 h ago"],
  [at(-3, 20), "2026-02-25"],
])("%s was %s", (instant, said) => {
  expect(describeAge(instant, NOW)).toBe(said);
});

test("until tomorrow is until midnight", () => {
  expect(minutesToTomorrow(NOW)).toBe(30);
  expect(minutesToTomorrow(NOW + 30 * 60_000)).toBe(24 * 60);
});
