import { afterAll, expect, test } from "vitest";
import { openIsolate } from "../../daemon/preprocess/isolate.ts";
import { preprocess } from "../../daemon/preprocess/preprocess.ts";
import type { Change } from "../../daemon/protocol/change-set.ts";
import { ENTITY_DEFAULTS } from "../../daemon/protocol/entity.ts";
import type { Attempt } from "./attempt.ts";
import { type Expectation, type Fixture, readFixtures } from "./fixture.ts";
import { overlap, score } from "./score.ts";

const fixtures = readFixtures();
const isolate = openIsolate();
afterAll(() => isolate[Symbol.asyncDispose]());

test("there are thirty documents of ten kinds or more, and some that are held out", () => {
  expect(fixtures.length).toBeGreaterThanOrEqual(30);
  const kinds = new Set(fixtures.map(({ kind }) => kind));
  expect(kinds.size).toBeGreaterThanOrEqual(10);
  expect(fixtures.filter(({ wanted }) => wanted.held_out).length).toBeGreaterThanOrEqual(5);
});

test.each(fixtures.map((fixture): [string, Fixture] => [fixture.path, fixture]))(
  "each passage that is expected of %s stands in it, and no two tasks have the same",
  async (_, { bytes, name, wanted }) => {
    const snapshot = { bytes, hash: "", size: bytes.length, mtime_ms: 0, ctime_ms: 0, inode: 0 };
    const preprocessed = await preprocess(snapshot, name, { isolate });
    const text = preprocessed.outcome === "document" ? preprocessed.document.text : "";
    const passages = wanted.tasks.map(({ at }) => at);
    expect(new Set(passages).size).toBe(passages.length);
    const isThere = (passage: string): boolean => text.includes(passage);
    expect([...passages, ...wanted.not_tasks].filter((passage) => !isThere(passage))).toEqual([]);
  },
);

test.each([
  ["Send the budget to Ann", "please send Ann the budgets", 1],
  ["Call Bob", "call Bob about the invoice of May", 0.57],
  ["Call Bob", "Write to Ann", 0],
  ["", "", 0],
])("%j and %j have %d of their words in common", (left, right, share) => {
  expect(overlap(left, right)).toBeCloseTo(share, 1);
});

type TaskFound = { title: string; due_date?: string; quote?: string };

function attemptOf(tasks: TaskFound[], changes: Partial<Attempt> = {}): Attempt {
  return {
    text: "",
    changes: tasks.map(({ quote = null, ...fields }, index) => ({
      op: "create",
      entity_type: "task",
      entity_id: `task_${index}`,
      fields: { ...ENTITY_DEFAULTS.task, tags: [], ...fields },
      quote,
      verified: quote !== null,
    })),
    projects: [],
    failure: null,
    iterations: 1,
    input_tokens: 0,
    output_tokens: 0,
    cost_usd: 0,
    ...changes,
  };
}

function wantedOf(tasks: { title: string; at?: string; due_date?: string }[]): Expectation {
  const defaults = { at: "nowhere", due_date: null, status: "open", priority: "normal" } as const;
  return {
    held_out: false,
    modified: "2026-11-20",
    active_projects: [],
    note: "A note",
    projects: [],
    tasks: tasks.map((task) => ({ ...defaults, ...task })),
    not_tasks: [],
  };
}

test("what was found is taken for what was wanted once, the most alike first", () => {
  const wanted = wantedOf([{ title: "Call Bob" }, { title: "Call Bob and Ann" }]);
  const found = attemptOf([
    { title: "call Bob, Ann" },
    { title: "call Bob" },
    { title: "Bob call" },
  ]);
  const { pairs, tasks, duplicates, false_hits } = score(wanted, found);
  expect(pairs.map((one) => [one.wanted.title, one.found.title])).toEqual([
    ["Call Bob", "call Bob"],
    ["Call Bob and Ann", "call Bob, Ann"],
  ]);
  expect(tasks).toEqual({ wanted: 2, found: 3, matched: 2 });
  expect([false_hits.map(({ title }) => title), duplicates]).toEqual([["Bob call"], 1]);
});

test("a title in other words is enough where the quote is of the same passage", () => {
  const wanted = wantedOf([
    { title: "Draw up the list for review copies", at: "draw up the list" },
  ]);
  const title = "Jamal names the people who read review copies early";
  expect(score(wanted, attemptOf([{ title }])).missed).toHaveLength(1);
  const quote = "Jamal should draw\nup the list.";
  expect(score(wanted, attemptOf([{ title, quote }])).missed).toHaveLength(0);
});

test("a due date is right where it is the same day, and counts where either side has one", () => {
  const wanted = wantedOf([
    { title: "one alpha", due_date: "2026-11-27" },
    { title: "two beta", due_date: "2026-11-27" },
    { title: "three gamma" },
    { title: "four delta" },
  ]);
  const found = attemptOf([
    { title: "one alpha", due_date: "2026-11-27" },
    { title: "two beta" },
    { title: "three gamma", due_date: "2026-11-27" },
    { title: "four delta" },
  ]);
  expect(score(wanted, found)).toMatchObject({ dated: 3, dated_right: 1 });
});

test("notes, projects and quotes are counted", () => {
  const note: Change = {
    op: "create",
    entity_type: "note",
    entity_id: "note_1",
    fields: { title: "The note" },
    quote: "x",
    verified: true,
  };
  const found = attemptOf([{ title: "call Bob" }], { projects: ["APOLLO", "Other"] });
  const result = score(
    { ...wantedOf([]), projects: ["Apollo"] },
    { ...found, changes: [...found.changes, note] },
  );
  expect(result).toMatchObject({
    notes: { wanted: 1, found: 1, matched: 1 },
    projects: { wanted: 1, found: 2, matched: 1 },
    quotable: 2,
    quoted: 1,
  });
});
