import { expect, test } from "vitest";
import { createSessionCodes } from "../../daemon/api/session.ts";
import { fakeClock } from "../helper/fake-clock.ts";

test("a code is good once", () => {
  const codes = createSessionCodes(fakeClock("2026-03-01T08:00:00Z"));
  const code = codes.issue();
  expect([codes.redeem(code), codes.redeem(code)]).toEqual([true, false]);
});

test("a code that was never issued is not good", () => {
  const codes = createSessionCodes(fakeClock("2026-03-01T08:00:00Z"));
  const code = codes.issue();
  expect([codes.redeem(""), codes.redeem(code.slice(1)), codes.redeem(`${code}=`)]).toEqual([
    false,
    false,
    false,
  ]);
});

test("a code is good for less than a minute", async () => {
  const clock = fakeClock("2026-03-01T08:00:00Z");
  const codes = createSessionCodes(clock);
  const [early, late] = [codes.issue(), codes.issue()];
  await clock.advance(59_999);
  expect(codes.redeem(early)).toBe(true);
  await clock.advance(1);
  expect(codes.redeem(late)).toBe(false);
});

test("what was used or has grown too old is reported once, and all when the codes end", async () => {
  const clock = fakeClock("2026-03-01T08:00:00Z");
  const ended: string[] = [];
  const codes = createSessionCodes(clock, (code) => ended.push(code));
  const used = codes.issue();
  codes.redeem(used);
  codes.redeem(used);
  expect(ended).toEqual([used]);
  const old = codes.issue();
  await clock.advance(60_000);
  expect(ended).toEqual([used, old]);
  const open = codes.issue();
  codes.close();
  expect(ended).toEqual([used, old, open]);
  expect(codes.redeem(open)).toBe(false);
  expect(clock.sleepers()).toBe(0);
});

test("a code is 32 random bytes, and no two are the same", () => {
  const codes = createSessionCodes(fakeClock("2026-03-01T08:00:00Z"));
  const issued = Array.from({ length: 100 }, () => codes.issue());
  for (const code of issued) expect(Buffer.from(code, "base64url")).toHaveLength(32);
  expect(new Set(issued).size).toBe(100);
});
