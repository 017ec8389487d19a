import { expect, test } from "vitest";
import { planDocument } from "../../daemon/rules/plan.ts";
import { documentOf, frameOf } from "./input.ts";

const LENGTH = 6_000;
const TIMES = 16;
// Linear would be TIMES, quadratic TIMES squared; between them lie a cold start and the collector of garbage.
const ALLOWED = TIMES * 6;
// What takes less on a long document needs no comparison, and on a short one tells nothing.
const NOISE_MS = { long: 150, short: 3 };

const UNITS = [
  "please ",
  "could you please also ",
  "I'll send it and will call, and ",
  '" please call Bob today. ',
  "by 5 pm on ",
  "(by Friday, due (",
  "Ann and Bob and ",
  "x: y: ",
  "~~a~~ ",
  "| a ",
  "| a | b |\n",
  "[09:02] ann: can you renew it? ok\n",
  "Ann: I'll do it\nBob: ok\n",
  "- [ ] a by Friday\n",
  "- a\n  - b\n",
  "From: a\n",
  "On a wrote:\n",
  "* TODO a\n",
  "## 2026-11-20 Friday\n- call Ann\n",
  '[{"task":',
  '{"a":[',
  '"a";',
  "\n",
];
/** Processor time of this thread alone, so that a busy machine changes little. */
function measure(unit: string, content_type: string, length: number): number {
  const document = documentOf(unit.repeat(length / unit.length), { content_type });
  const before = process.threadCpuUsage();
  planDocument(document, frameOf({ file_name: "a.txt" }));
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

test.each(UNITS)("a document of many %j costs as much more as it is longer", (unit) => {
  const types = /^[{["]/u.test(unit)
    ? ["text/csv", "application/json", "text/markdown"]
    : ["text/markdown", "message/rfc822"];
  for (const type of types) {
    const long = measure(unit, type, LENGTH * TIMES);
    if (long < NOISE_MS.long) continue;
    const short = Math.min(...[1, 2, 3].map(() => measure(unit, type, LENGTH)));
    expect(long / Math.max(short, NOISE_MS.short), type).toBeLessThan(ALLOWED);
  }
});
