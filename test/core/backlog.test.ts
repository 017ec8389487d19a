import { expect, test } from "vitest";
import { sayBacklog } from "../../daemon/core/backlog.ts";

const HOUR = 3_600;

test.each([
  [12, 340, 0, 3 * HOUR, "12 of 340 files, about 3 hours left"],
  [12, 340, 0, null, "12 of 340 files, time left not known yet"],
  [12, 340, 28, 3 * HOUR, "12 of 340 files, 28 waiting, about 3 hours left for the others"],
  [12, 340, 28, null, "12 of 340 files, 28 waiting, time left not known yet for the others"],
  [12, 40, 28, null, "12 of 40 files, 28 waiting"],
  [0, 1, 0, 0, "0 of 1 file, less than a minute left"],
  [0, 2, 0, 59, "0 of 2 files, less than a minute left"],
  [0, 2, 0, 60, "0 of 2 files, about 1 minute left"],
  [0, 2, 0, 89 * 60, "0 of 2 files, about 89 minutes left"],
  [0, 2, 0, 90 * 60, "0 of 2 files, about 2 hours left"],
  [0, 2, 0, 35 * HOUR, "0 of 2 files, about 35 hours left"],
  [0, 2, 0, 36 * HOUR, "0 of 2 files, about 2 days left"],
])("%i of %i files with %i waiting and %s seconds", (done, total, waiting, seconds, expected) => {
  expect(sayBacklog({ done, total, waiting, seconds_left: seconds })).toBe(expected);
});

test.each([
  [null, "12 of 40 files, 28 waiting until 22:00"],
  [3 * HOUR, "12 of 41 files, 28 waiting until 22:00, about 3 hours left for the others"],
])(
  "what waits for the hours of its model says until when, with %s seconds",
  (seconds, expected) => {
    const total = seconds === null ? 40 : 41;
    const waiting_until = new Date(2026, 11, 1, 22).toISOString();
    const backlog = { done: 12, total, waiting: 28, waiting_until, seconds_left: seconds };
    expect(sayBacklog(backlog)).toBe(expected);
  },
);
