import { describe, expect, test } from "vitest";
import { formatBytes, formatDuration, formatModel, formatUsd } from "../../daemon/cli/format.ts";

describe("durations", () => {
  test.each([
    [0, "0.0 s"],
    [9_949, "9.9 s"],
    [9_950, "10 s"],
    [59_400, "59 s"],
    [59_900, "1 min 0 s"],
    [200_000, "3 min 20 s"],
    [7_500_000, "2 h 5 min"],
  ])("%i ms is %s", (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });
});

describe("dollars", () => {
  test.each([
    [0, "$0.00"],
    [0.00012, "$0.0001"],
    [1.5, "$1.50"],
    [null, "price unknown"],
  ])("%s is %s", (usd, expected) => {
    expect(formatUsd(usd)).toBe(expected);
  });
});

describe("sizes", () => {
  test.each([
    [null, "-"],
    [999, "999 bytes"],
    [1_000, "1.0 kB"],
    [50_000_000, "50.0 MB"],
  ])("%s is %s", (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });
});

test("the rules are never called a language model", () => {
  expect(formatModel({ provider: "rules", name: "gpt-4.1" })).toBe(
    "built-in rules (not a language model)",
  );
  expect(formatModel({ provider: "openai", name: "gpt-4.1" })).toBe("gpt-4.1");
});
