import { expect, test } from "vitest";
import type { Journal } from "../../daemon/journal/open.ts";
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

test("a clock set wrong and right again makes a pause neither longer nor endless, also over a restart", async () => {
  using opened = await openTestJournal();
  const clock = fakeClock("2031-05-01T10:00:00.000Z");
  const pauses = startPauses(opened.journal, clock, () => {});
  pauses.pause("inbox", 60);
  await clock.pass(20 * 60_000);
  clock.jump(Date.parse(NOW) - clock.now());
  expect(pauses.of("inbox")).toEqual({ until: "2026-11-20T10:40:00.000Z" });
  await clock.pass(10 * 60_000);
  pauses.close();
  const again = startPauses(opened.journal, clock, () => {});
  expect(again.of("inbox")).toEqual({ until: "2026-11-20T10:40:00.000Z" });
  await clock.pass(30 * 60_000);
  expect(again.of("inbox")).toBeUndefined();
  again.close();
  const last = startPauses(opened.journal, clock, () => {});
  expect(last.of("inbox")).toBeUndefined();
  last.close();
});

test("a clock set back while no daemon runs leaves at most the pause as it was asked for", async () => {
  using opened = await openTestJournal();
  const wrong = fakeClock("2031-05-01T10:00:00.000Z");
  const pauses = startPauses(opened.journal, wrong, () => {});
  pauses.pause(null, 60);
  pauses.close();
  const clock = fakeClock(NOW);
  const again = startPauses(opened.journal, clock, () => {});
  expect(again.all()).toEqual({ until: "2026-11-20T11:00:00.000Z" });
  await clock.pass(3_600_000);
  expect(again.all()).toBeUndefined();
  again.close();
});

test("a pause that cannot be written does not hold, and a resume that cannot be does not end one", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  let isFull = true;
  const full: Journal = {
    ...journal,
    run(query) {
      if (isFull) throw new Error("disk full");
      return journal.run(query);
    },
  };
  const pauses = startPauses(full, clock, () => {});
  expect(() => pauses.pause("inbox", null)).toThrow("disk full");
  expect(pauses.of("inbox")).toBeUndefined();
  isFull = false;
  pauses.pause("inbox", null);
  isFull = true;
  expect(() => pauses.resume("inbox")).toThrow("disk full");
  expect(pauses.of("inbox")).toEqual({ until: null });
  pauses.close();
});
