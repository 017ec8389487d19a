import { expect, test } from "vitest";
import { silentLogger } from "../../daemon/core/logger.ts";
import { startEventUpkeep } from "../../daemon/events/upkeep.ts";
import { appendEvent, findNewestEventId, listEvents } from "../../daemon/journal/events.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";

const DAY_MS = 24 * 60 * 60_000;

function happen(journal: Journal, count: number, at: string): void {
  journal.transaction(() => {
    for (let each = 0; each < count; each += 1) {
      appendEvent(journal, { type: "config.changed" }, at);
    }
  });
}

const oldest = (journal: Journal): number | undefined => listEvents(journal, 0, 1)[0]?.event_id;

test("events are kept for seven days and removed in small steps, and the newest stays", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  happen(journal, 1_200, NOW);
  const upkeep = startEventUpkeep({ journal, clock, logger: silentLogger });
  await clock.pass(6 * DAY_MS);
  expect(oldest(journal)).toBe(1);
  happen(journal, 10, new Date(clock.now()).toISOString());
  await clock.pass(DAY_MS + 60 * 60_000);
  expect(oldest(journal)).toBe(1_201);
  await clock.pass(30 * DAY_MS);
  expect([oldest(journal), findNewestEventId(journal)]).toEqual([1_210, 1_210]);
  happen(journal, 1, NOW);
  expect(findNewestEventId(journal)).toBe(1_211);
  upkeep.close();
});

test("of more than 100,000 events the oldest go, 500 at a time", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  happen(journal, 101_200, NOW);
  const upkeep = startEventUpkeep({ journal, clock, logger: silentLogger });
  const steps = [];
  for (let step = 0; step < 4; step += 1) {
    await clock.advance(20);
    steps.push(oldest(journal));
  }
  expect(steps).toEqual([501, 1_001, 1_201, 1_201]);
  upkeep.close();
});

test("a clock that jumps ahead for some hours removes no event", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  happen(journal, 10, NOW);
  const upkeep = startEventUpkeep({ journal, clock, logger: silentLogger });
  await clock.pass(60 * 60_000);
  clock.jump(5 * 365 * DAY_MS);
  await clock.pass(12 * 60 * 60_000);
  clock.jump(-5 * 365 * DAY_MS);
  await clock.pass(60 * 60_000);
  expect(oldest(journal)).toBe(1);
  upkeep.close();
});
