import fc from "fast-check";
import { expect, test } from "vitest";
import { decide, type KnownJob } from "../../daemon/trigger/decide.ts";

const NOW = "2026-11-20T10:00:00.000Z";
const EARLIER = "2026-11-20T09:59:59.999Z";
const LATER = "2026-11-20T10:00:00.001Z";

type Run = Parameters<typeof decide>[1];

const run = (changes: Partial<Run> = {}): Run => ({
  run_id: "run_now",
  recipe: "r2",
  base_recipe: changes.recipe ?? "r2",
  on_recipe_change: "new_only",
  force: false,
  takes_put_off: false,
  takes_cancelled: false,
  takes_dry_run: false,
  now: NOW,
  ...changes,
});

const job = (changes: Partial<KnownJob> = {}): KnownJob => ({
  job_id: "job_1",
  run_id: "run_before",
  recipe: "r2",
  base_recipe: changes.recipe ?? "r2",
  state: "done",
  reason: null,
  extractor: null,
  next_attempt_at: null,
  forgotten_at: null,
  ...changes,
});

const other = job({ job_id: "job_0" });
const older = { recipe: "r2-e1p1", base_recipe: "r2" };
const own = { run_id: "run_now" };
const cancelled = { state: "pending", reason: "cancelled" } as const;
const looked = { state: "pending", reason: "dry_run", next_attempt_at: EARLIER } as const;
const undone = { state: "skipped", reason: "undone" } as const;
const putOff = { state: "pending", next_attempt_at: LATER } as const;

test.each<[string, KnownJob[], Partial<Run>, string]>([
  ["a content never met", [], {}, "new"],
  ["one that is done under this recipe", [job()], {}, "stands job_1"],
  ["one that failed under this recipe", [job({ state: "failed" })], {}, "stands job_1"],
  ["one that was skipped under this recipe", [job({ state: "skipped" })], {}, "stands job_1"],
  ["the newest of several generations", [job({ state: "failed" }), other], {}, "stands job_1"],

  ["one done under another recipe", [job({ recipe: "r1" })], {}, "stands job_1"],
  ["the same where all is wanted", [job({ recipe: "r1" })], { on_recipe_change: "all" }, "new"],
  ["one that failed under another recipe", [job({ recipe: "r1", state: "failed" })], {}, "new"],
  ["one skipped under another recipe", [job({ recipe: "r1", state: "skipped" })], {}, "new"],
  ["one still waiting under another recipe", [job({ recipe: "r1", ...putOff })], {}, "new"],
  [
    "one that failed under this recipe and was done under another",
    [job({ state: "failed" }), job({ job_id: "job_0", recipe: "r1" })],
    {},
    "stands job_1",
  ],
  ["a recipe that is as it was before", [job({ recipe: "r1" }), other], {}, "stands job_0"],

  ["one done by another version of the product", [job(older)], {}, "stands job_1"],
  ["the same where all is wanted", [job(older)], { on_recipe_change: "all" }, "stands job_1"],
  ["one not read under another version", [job({ ...older, state: "failed" })], {}, "new"],
  [
    "one that a model failed at under another version",
    [job({ ...older, state: "failed", extractor: "1" })],
    {},
    "stands job_1",
  ],
  ["one skipped under another version", [job({ ...older, state: "skipped" })], {}, "new"],
  [
    "one done by another version, and failed when it was forced there",
    [job({ ...older, state: "failed" }), job({ ...older, job_id: "job_0" })],
    { on_recipe_change: "all" },
    "stands job_0",
  ],
  ["one begun by another version", [job({ ...older, state: "pending" })], {}, "adopts job_1"],
  [
    "one that a dry run of another version left, at start",
    [job({ ...older, ...looked })],
    { takes_dry_run: true },
    "adopts job_1",
  ],
  ["one taken back under another version", [job({ ...older, ...undone })], {}, "stands job_1"],
  ["one done by another version, by force", [job(older)], { force: true }, "new"],

  ["one that this run has begun to queue", [job({ ...own, state: "pending" })], {}, "joins job_1"],
  ["one that this run works on", [job({ ...own, state: "working" })], {}, "joins job_1"],
  ["one that this run has done", [job({ ...own })], {}, "stands job_1"],
  [
    "one that this run made by force",
    [job({ ...own, state: "pending" }), other],
    { force: true },
    "joins job_1",
  ],
  ["one that this run did by force", [job({ ...own }), other], { force: true }, "stands job_1"],

  [
    "one that an earlier run had no budget for",
    [job({ ...putOff, reason: "run_budget_exhausted" })],
    {},
    "adopts job_1",
  ],
  ["one left undone by an earlier run", [job({ state: "pending" })], {}, "adopts job_1"],
  ["one in the hands of a run that was cancelled", [job({ state: "working" })], {}, "adopts job_1"],
  ["one put off", [job(putOff)], {}, "waits job_1"],
  ["one put off until now", [job({ ...putOff, next_attempt_at: NOW })], {}, "adopts job_1"],
  ["one put off that is due", [job({ ...putOff, next_attempt_at: EARLIER })], {}, "adopts job_1"],
  ["one put off, asked for by hand", [job(putOff)], { takes_put_off: true }, "adopts job_1"],
  ["one put off, by force", [job(putOff)], { force: true }, "adopts job_1"],

  ["one cancelled", [job(cancelled)], {}, "waits job_1"],
  ["one cancelled, by schedule", [job(cancelled)], { takes_cancelled: true }, "adopts job_1"],
  ["one cancelled, by force", [job(cancelled)], { force: true }, "adopts job_1"],

  ["one taken back", [job(undone)], {}, "stands job_1"],
  ["one taken back under another recipe", [job({ ...undone, recipe: "r1" })], {}, "stands job_1"],
  ["one taken back, by force", [job(undone)], { force: true }, "new"],
  ["one taken back and asked for since", [job(), { ...other, ...undone }], {}, "stands job_1"],
  [
    "one forgotten where all is wanted",
    [job({ recipe: "r1", forgotten_at: EARLIER })],
    { on_recipe_change: "all" },
    "stands job_1",
  ],
  ["one forgotten, by force", [job({ forgotten_at: EARLIER })], { force: true }, "new"],

  ["one that a dry run left", [job(looked)], {}, "waits job_1"],
  ["one that a dry run left, at start", [job(looked)], { takes_dry_run: true }, "adopts job_1"],
  ["one that a dry run left, by hand", [job(looked)], { takes_put_off: true }, "adopts job_1"],
  [
    "one that a dry run left under another recipe",
    [job({ ...looked, recipe: "r1" })],
    {},
    "waits job_1",
  ],
  [
    "one that a dry run left under another recipe, by hand",
    [job({ ...looked, recipe: "r1" })],
    { takes_put_off: true, takes_dry_run: true },
    "new",
  ],

  ["one done, by force", [job()], { force: true }, "new"],
  ["one that failed, by force", [job({ state: "failed" })], { force: true }, "new"],
  ["one done under another recipe, by force", [job({ recipe: "r1" })], { force: true }, "new"],
])("%s", (_name, jobs, changes, expected) => {
  const verdict = decide(jobs, run(changes));
  expect("job" in verdict ? `${verdict.verdict} ${verdict.job.job_id}` : verdict.verdict).toBe(
    expected,
  );
});

test("no more than one job of a recipe is ever open, and done work is new only if that was asked for", () => {
  const states = fc.constantFrom("pending", "working", "done", "failed", "skipped");
  const recipes = fc.constantFrom(["r1", "r1"], ["r2", "r2"], ["r2-e1p1", "r2"]);
  const rest = fc.record({
    job_id: fc.uuid(),
    run_id: fc.constantFrom("run_now", "run_before"),
    state: states,
    extractor: fc.constantFrom(null, "1"),
    next_attempt_at: fc.constantFrom(null, EARLIER, LATER),
    reason: fc.constantFrom(null, "run_budget_exhausted", "cancelled", "dry_run", "undone"),
    forgotten_at: fc.constantFrom(null, EARLIER),
  });
  const known = fc.tuple(recipes, rest).map(([[recipe = "", base_recipe = ""], job]) => ({
    ...job,
    recipe,
    base_recipe,
  }));
  const asked = fc.record({
    on_recipe_change: fc.constantFrom("new_only" as const, "all" as const),
    force: fc.boolean(),
    takes_put_off: fc.boolean(),
    takes_cancelled: fc.boolean(),
    takes_dry_run: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(known, { maxLength: 4 }), asked, (jobs, changes) => {
      const { verdict } = decide(jobs, run(changes));
      if (verdict !== "new") return;
      const ofBase = jobs.filter(({ base_recipe }) => base_recipe === "r2");
      expect(["pending", "working"]).not.toContain(ofBase[0]?.state);
      if (changes.force) return;
      expect(ofBase.filter(({ state }) => state === "done")).toEqual([]);
      expect(ofBase[0]?.recipe).not.toBe("r2");
    }),
  );
});
