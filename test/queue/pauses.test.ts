import { expect, test } from "vitest";
import { startPauses } from "../../daemon/queue/pauses.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";

test("a pause that ended while the machine slept ends soon after it wakes", async () => {
  using opened = await openTestJournal();
  const clock = fakeClock(NOW);
  let ended = 0;
  const pauses = startPauses(opened.journal, clock, () => (ended += 1));
  pauses.pause("inbox", 60);
  await clock.pass(60_000);
  clock.jump(8 * 3_600_000);
  expect(pauses.of("inbox")).toBeUndefined();
  await clock.pass(30_000);
  expect(ended).toBe(1);
  pauses.close();
});

test("a pause holds an agent under its new name, until it is resumed or its time is over", async () => {
  using opened = await openTestJournal();
  const clock = fakeClock(NOW);
  let ended = 0;
  const pauses = startPauses(opened.journal, clock, () => (ended += 1));
  pauses.pause("inbox", 60);
  pauses.rename("inbox", "outbox");
  expect([pauses.of("inbox"), pauses.of("outbox")]).toEqual([
    undefined,
    { until: "2026-11-20T11:00:00.000Z" },
  ]);
  pauses.close();
  // Also over a restart.
  const again = startPauses(opened.journal, clock, () => (ended += 1));
  await clock.pass(3_600_000);
  expect([again.of("outbox"), ended]).toEqual([undefined, 1]);
  again.close();
});
