import fc from "fast-check";
import { expect, test } from "vitest";
import { createDirtyDirectories, type DirtyPlaces } from "../../daemon/watch/dirty-directories.ts";
import { fakeClock } from "../helper/fake-clock.ts";

const QUIET_MS = 100;
const LONGEST_MS = 12_000;

interface HandedOver extends DirtyPlaces {
  at: number;
}

function collect() {
  const clock = fakeClock("2026-01-05T10:00:00Z");
  const handedOver: HandedOver[] = [];
  const start = clock.now();
  const dirty = createDirtyDirectories({
    clock,
    quietMs: QUIET_MS,
    onQuiet: (places) => handedOver.push({ ...places, at: clock.now() - start }),
  });
  return {
    clock,
    dirty,
    handedOver,
    hint: (directory: string | null, root = "/r") => dirty.add({ root, directory }),
    /** Hints at a directory every so often, and gives how often it was handed over. */
    async keepHinting(directory: string, everyMs: number, forMs: number): Promise<number> {
      const before = handedOver.length;
      for (let passed = 0; passed < forMs; passed += everyMs) {
        dirty.add({ root: "/r", directory });
        await clock.pass(everyMs);
      }
      return handedOver.length - before;
    },
  };
}

test("a directory is handed over once it has been quiet, and once", async () => {
  const { clock, handedOver, hint } = collect();
  hint("/r/a");
  await clock.pass(50);
  hint("/r/a");
  hint("/r/b");
  await clock.pass(QUIET_MS - 1);
  expect(handedOver).toEqual([]);
  await clock.pass(1);
  expect(handedOver).toEqual([{ roots: [], directories: ["/r/a", "/r/b"], at: 150 }]);
  await clock.pass(60_000);
  expect(handedOver).toHaveLength(1);
});

test("a directory is not held back by one beside it that goes on changing", async () => {
  const { handedOver, hint, keepHinting } = collect();
  hint("/r/quiet");
  await keepHinting("/r/busy", 20, 500);
  expect(handedOver).toEqual([{ roots: [], directories: ["/r/quiet"], at: 100 }]);
});

test("a burst leads to a few looks, and to one after it", async () => {
  const { clock, handedOver, keepHinting } = collect();
  const during = await keepHinting("/r/a", 1, 30_000);
  expect(during).toBeGreaterThan(2);
  expect(during).toBeLessThan(12);
  await clock.pass(LONGEST_MS);
  expect(handedOver).toHaveLength(during + 1);
});

test("a directory that is written to all day is looked at less and less often", async () => {
  const { keepHinting } = collect();
  const [first, later] = [
    await keepHinting("/r/a", 700, 60_000),
    await keepHinting("/r/a", 700, 60_000),
  ];
  expect(first).toBeLessThan(20);
  expect(later).toBeLessThan(8);
});

test("a change after some rest is handed over at once again, also where a burst was before", async () => {
  const { clock, handedOver, hint, keepHinting } = collect();
  await keepHinting("/r/a", 10, 20_000);
  for (let minute = 0; minute < 3; minute += 1) {
    await clock.pass(60_000);
    handedOver.length = 0;
    for (const times of [1, 2, 3]) {
      await clock.pass(3_000);
      hint("/r/a");
      await clock.pass(2 * QUIET_MS);
      expect(handedOver).toHaveLength(times);
    }
  }
});

test("how long a directory has waited starts anew when it was handed over", async () => {
  const { clock, handedOver, hint, keepHinting } = collect();
  hint("/r/a");
  await clock.pass(900);
  expect(handedOver).toHaveLength(1);
  expect(await keepHinting("/r/a", 20, 800)).toBe(0);
});

test("a root that is handed over covers what came just now", async () => {
  const { clock, handedOver, hint } = collect();
  hint(null);
  await clock.pass(QUIET_MS - 1);
  hint("/r/a");
  await clock.pass(LONGEST_MS);
  expect(handedOver).toMatchObject([{ roots: ["/r"], directories: [] }]);
});

test("a root covers everything below it, and nothing below another root", async () => {
  const { clock, handedOver, hint } = collect();
  hint("/r/a");
  hint(null);
  hint("/s/b", "/s");
  hint("/r/c");
  await clock.pass(2 * QUIET_MS);
  expect(handedOver).toMatchObject([{ roots: ["/r"], directories: ["/s/b"] }]);
});

test("a hint at the files directly in a root is not one at all that is below it", async () => {
  const { clock, handedOver, hint } = collect();
  hint("/r");
  await clock.pass(2 * QUIET_MS);
  expect(handedOver).toMatchObject([{ roots: [], directories: ["/r"] }]);
});

test("very many directories of a root are handed over as the root", async () => {
  const { clock, handedOver, hint } = collect();
  for (let index = 0; index < 1_000; index += 1) hint(`/r/${index}`);
  hint("/s/a", "/s");
  await clock.pass(2 * QUIET_MS);
  expect(handedOver).toMatchObject([{ roots: ["/r"], directories: ["/s/a"] }]);
});

test("no timer runs while there is nothing to wait for, nor after closing", async () => {
  const { clock, dirty, handedOver, hint } = collect();
  expect(clock.sleepers()).toBe(0);
  hint("/r/a");
  expect(clock.sleepers()).toBe(1);
  await clock.pass(60_000);
  expect(clock.sleepers()).toBe(0);
  hint("/r/a");
  dirty.close();
  dirty.close();
  hint("/r/b");
  await clock.pass(60_000);
  expect(handedOver).toHaveLength(1);
  expect(clock.sleepers()).toBe(0);
});

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ passMs: fc.constantFrom(1, 30, 100, 250, 1_500) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      root: fc.constantFrom("/r", "/s"),
      directory: fc.constantFrom("a", "b", "c", "", null),
    }),
  },
  { weight: 1, arbitrary: fc.record({ jumpMs: fc.constantFrom(-3_600_000, 86_400_000) }) },
);

test("every hint is followed by its directory or root, whatever the clock on the wall does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const { clock, dirty, handedOver } = collect();
      const hints: { root: string; directory: string | null; handedOverBefore: number }[] = [];
      for (const each of steps) {
        if ("jumpMs" in each) clock.jump(each.jumpMs);
        else if ("passMs" in each) await clock.pass(each.passMs);
        else {
          const { root } = each;
          const directory = each.directory === null ? null : `${root}/${each.directory}`;
          hints.push({ root, directory, handedOverBefore: handedOver.length });
          dirty.add({ root, directory });
        }
      }
      await clock.pass(LONGEST_MS);
      for (const { root, directory, handedOverBefore } of hints) {
        const after = handedOver.slice(handedOverBefore);
        const isCovered = ({ roots, directories }: DirtyPlaces): boolean =>
          roots.includes(root) || (directory !== null && directories.includes(directory));
        expect(after.some(isCovered)).toBe(true);
      }
      const hinted = new Set(hints.flatMap(({ root, directory }) => [root, directory]));
      for (const { roots, directories } of handedOver) {
        expect([...roots, ...directories].filter((each) => !hinted.has(each))).toEqual([]);
      }
    }),
  );
});
