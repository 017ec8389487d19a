import { expect, test } from "vitest";
import { nearestName } from "../../daemon/core/nearest.ts";

const NAMES = ["max_depth", "name", "path", "include", "exclude"];

test.each([
  ["max_detph", "max_depth"],
  ["maxdepth", "max_depth"],
  ["Name", "name"],
  ["exlude", "exclude"],
  ["pth", "path"],
  ["colour", undefined],
  ["x", undefined],
  ["", undefined],
])("%o is nearest to %o", (name, nearest) => {
  expect(nearestName(name, NAMES)).toBe(nearest);
});
