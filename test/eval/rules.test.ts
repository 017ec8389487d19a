import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createRulesModel, RULES_VERSION } from "../../daemon/rules/rules.ts";
import { openIsolate } from "../../daemon/preprocess/isolate.ts";
import { attempt } from "./attempt.ts";
import { readFixtures } from "./fixture.ts";
import { formatMisses, formatScores, type Scored, taskQuality } from "./report.ts";
import { score } from "./score.ts";

const fixtures = readFixtures();
const rules = createRulesModel();
const scored: Scored[] = [];
await using isolate = openIsolate();
for (const fixture of fixtures) {
  const made = await attempt(fixture, rules, isolate);
  scored.push({ fixture, attempt: made, score: score(fixture.wanted, made) });
}

test("the built-in rules find most of what a person would want, and little else", () => {
  const { precision, recall } = taskQuality(scored);
  expect(precision).toBeGreaterThanOrEqual(0.95);
  expect(recall).toBeGreaterThanOrEqual(0.9);
});

test("they do so in documents they were not made for", () => {
  const heldOut = scored.filter(({ fixture }) => fixture.wanted.held_out);
  const { precision, recall } = taskQuality(heldOut);
  expect(precision).toBeGreaterThanOrEqual(0.85);
  expect(recall).toBeGreaterThanOrEqual(0.8);
});

test("whatever they record quotes its document, and next to nothing is recorded twice", () => {
  const sum = (of: (one: Scored) => number): number =>
    scored.reduce((total, one) => total + of(one), 0);
  expect(sum(({ score: { quotable, quoted } }) => quotable - quoted)).toBe(0);
  expect(sum((one) => one.score.duplicates)).toBeLessThanOrEqual(2);
});

test("nothing in a document that asks for nothing becomes a task", () => {
  const quiet = scored.filter(({ fixture }) => fixture.wanted.tasks.length === 0);
  expect(quiet.length).toBeGreaterThanOrEqual(10);
  const wrong = quiet.flatMap(({ fixture, score: { false_hits } }) =>
    false_hits.map(({ title }) => `${fixture.path}: ${title}`),
  );
  expect(wrong.length, wrong.join("\n")).toBeLessThanOrEqual(1);
});

test("the report has a row for each kind, and names each miss with its line", () => {
  const table = formatScores(scored, 200);
  const kinds = new Set(fixtures.map(({ kind }) => kind));
  expect(table).toHaveLength(kinds.size + 4);
  const misses = scored.reduce((total, one) => total + one.score.missed.length, 0);
  const named = formatMisses(scored).filter((line) => /^ {2}missed +line \d+: /u.test(line));
  expect(named).toHaveLength(misses);
});

test("what the rules make of text and Markdown is what this version of theirs makes of it", () => {
  // When this fails, raise RULES_VERSION where it was not raised since the last release, and update the snapshot.
  const hash = createHash("sha256");
  for (const { fixture, attempt: made } of scored) {
    if (!/\.(?:md|txt)$/u.test(fixture.name)) continue;
    const recorded = made.changes.map(({ entity_type, fields }) => [
      entity_type,
      // The id of a project that was there before is random.
      { ...fields, project_id: null },
    ]);
    hash.update(JSON.stringify(recorded));
  }
  expect(`${RULES_VERSION} ${hash.digest("hex").slice(0, 12)}`).toMatchInlineSnapshot(
    `"3 6cad38316fd1"`,
  );
});
