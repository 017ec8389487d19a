import { expect, test } from "vitest";
import { sayResult } from "../../daemon/core/outcome.ts";

const NONE = { processed: 0, failed: 0, pending: 0, skipped: 0 };
const FINE = { nothing_recorded: 0, capped: 0 };

test.each([
  [{ files: NONE, outcomes: FINE, warned: 0 }, "nothing new"],
  [{ files: { ...NONE, processed: 1 }, outcomes: FINE, warned: 0 }, "1 read"],
  [
    {
      files: { processed: 1200, failed: 1, pending: 4, skipped: 5 },
      outcomes: { nothing_recorded: 6, capped: 3 },
      warned: 2,
    },
    "1200 read, 3 stopped at a limit, 2 read with warnings, 6 with nothing recorded, 1 failed, 4 postponed, 5 skipped",
  ],
])("a run is said in the same words everywhere: %o", (run, expected) => {
  expect(sayResult(run)).toBe(expected);
});
