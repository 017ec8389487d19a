import { expect, test } from "vitest";
import { silentLogger } from "../../daemon/core/logger.ts";
import { watchState } from "../../daemon/events/state-watch.ts";
import { appendEvent, listEvents } from "../../daemon/journal/events.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";

const clock = fakeClock(NOW);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function told(journal: Journal): string[] {
  return listEvents(journal, 0, 100).flatMap((event) =>
    event.type === "status.changed" ? [event.state] : [],
  );
}

test("a changed state is reported after runs and config, and after a call of look", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  let state = "idle";
  const watch = watchState({ journal, clock, logger: silentLogger, readState: () => state });
  watch.look();
  watch.look();
  await turn();
  expect(told(journal)).toEqual(["idle"]);
  state = "working";
  const inRun = { run_id: "run_1", agent_id: "inbox" };
  appendEvent(journal, { type: "run.started", ...inRun, trigger: "manual" }, NOW);
  await turn();
  state = "attention";
  appendEvent(journal, { type: "config.invalid", message: "line 1" }, NOW);
  await turn();
  appendEvent(journal, { type: "config.changed" }, NOW);
  await turn();
  expect(told(journal)).toEqual(["idle", "working", "attention"]);
  watch.close();
});

test("the state that an earlier process reported last counts, and the state it died in is corrected", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  for (const state of ["working", "working", "idle"]) {
    const watch = watchState({ journal, clock, logger: silentLogger, readState: () => state });
    watch.look();
    await turn();
    watch.close();
  }
  expect(told(journal)).toEqual(["working", "idle"]);
});

test("a change that could not be written is reported by the next look", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const watch = watchState({ journal, clock, logger: silentLogger, readState: () => "idle" });
  const { transaction } = journal;
  journal.transaction = () => {
    throw new Error("the disk is full");
  };
  watch.look();
  await turn();
  journal.transaction = transaction;
  expect(told(journal)).toEqual([]);
  watch.look();
  await turn();
  expect(told(journal)).toEqual(["idle"]);
  watch.close();
});
