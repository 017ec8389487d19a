import { expect, test } from "vitest";
import { silentLogger } from "../../daemon/core/logger.ts";
import { startProgress } from "../../daemon/events/progress.ts";
import { listEvents } from "../../daemon/journal/events.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { countFile } from "../../daemon/journal/runs.ts";
import { endRun } from "../../daemon/runs/finish.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { addJob, NOW, openTestJournal } from "../helper/test-journal.ts";

function told(journal: Journal): number[] {
  return listEvents(journal, 0, 100).flatMap((event) =>
    event.type === "run.progress" ? [event.files.processed] : [],
  );
}

test("the progress of a run is reported at once, then at most once a second, and the last of it too", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  const progress = startProgress({ journal, clock, logger: silentLogger });
  const { run_id, job_id } = addJob(journal);
  progress.note(run_id);
  expect(told(journal)).toEqual([0]);
  for (let file = 0; file < 50; file += 1) {
    countFile(journal, job_id, "processed");
    progress.note(run_id);
    await clock.advance(50);
  }
  expect(told(journal)).toEqual([0, 20, 40]);
  await clock.advance(1_000);
  expect(told(journal)).toEqual([0, 20, 40, 50]);
  progress.note(run_id);
  await clock.advance(5_000);
  expect(told(journal)).toEqual([0, 20, 40, 50]);
  progress.close();
});

test("nothing more is reported of a run that has ended", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  const progress = startProgress({ journal, clock, logger: silentLogger });
  const { run_id, job_id } = addJob(journal);
  progress.note(run_id);
  countFile(journal, job_id, "processed");
  progress.note(run_id);
  endRun(journal, { run_id, agent_id: "inbox" }, "success", NOW);
  progress.end(run_id);
  await clock.advance(5_000);
  expect(told(journal)).toEqual([0]);
  expect(clock.sleepers()).toBe(0);
  progress.close();
});
