import { expect, test } from "vitest";
import type { Backend, BackendOptions } from "../../tray/backend/backend.ts";
import { buildMenu, findRow, type Menu } from "../../tray/menu.ts";
import { NOTHING_KNOWN, type Action } from "../../tray/snapshot.ts";
import { openTray, type TrayOptions } from "../../tray/tray.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { knownDaemon } from "./known.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const working = (pending: number): Menu =>
  buildMenu(
    knownDaemon({ state: "working", queue: { pending, working: 0, failed: 0 } }, { hasPage: true }),
    NOW,
  );
const titleOf = (menu: Menu | undefined) => menu && findRow(menu.rows, "status")?.title;

/** Draws nothing, keeps what it was shown, and fails as often as it is told to. */
function recorder(name: Backend["name"] = "systray2") {
  const opened: BackendOptions[] = [];
  const shown: Menu[] = [];
  const lose: ((reason: string) => void)[] = [];
  const state = { failures: 0, closed: 0 };
  const open: TrayOptions["open"] = async (options) => {
    if (state.failures > 0) {
      state.failures -= 1;
      throw new Error("cannot open display");
    }
    opened.push(options);
    const lost = Promise.withResolvers<string>();
    lose.push(lost.resolve);
    return {
      name,
      show: (menu) => void shown.push(menu),
      lost: lost.promise,
      async [Symbol.asyncDispose]() {
        state.closed += 1;
      },
    };
  };
  return { opened, shown, lose, state, open };
}

function start(recorded: ReturnType<typeof recorder>) {
  const clock = fakeClock("2026-03-01T12:00:00.000Z");
  const chosen: Action[] = [];
  const onChoose = (action: Action): void => void chosen.push(action);
  const tray = openTray({
    menu: buildMenu(NOTHING_KNOWN, NOW),
    open: recorded.open,
    onChoose,
    clock,
  });
  return { clock, chosen, tray };
}

test("a hundred changes within a second are drawn as the last of them, a second after the one before", async () => {
  const recorded = recorder();
  const { clock, tray: opening } = start(recorded);
  await using tray = await opening;
  for (let pending = 0; pending < 100; pending += 1) {
    tray.show(working(pending));
    await clock.advance(9);
  }
  expect(recorded.shown).toHaveLength(0);
  await clock.advance(100);
  expect(recorded.shown.map(titleOf)).toEqual(["Agent Runner: working (99 files left)"]);
  tray.show(working(5));
  tray.show(working(4));
  await clock.advance(999);
  expect(recorded.shown).toHaveLength(1);
  await clock.advance(1);
  expect(recorded.shown.map(titleOf)[1]).toBe("Agent Runner: working (4 files left)");
});

test("a change after a quiet time is drawn at once", async () => {
  const recorded = recorder();
  const { clock, tray: opening } = start(recorded);
  await using tray = await opening;
  await clock.advance(5_000);
  tray.show(working(1));
  await clock.advance(0);
  expect(recorded.shown).toHaveLength(1);
});

test("what a person has just done is drawn at once, and what follows it a second later", async () => {
  const recorded = recorder();
  const { clock, tray: opening } = start(recorded);
  await using tray = await opening;
  tray.show(working(1), true);
  expect(recorded.shown).toHaveLength(1);
  tray.show(working(2));
  await clock.advance(999);
  expect(recorded.shown).toHaveLength(1);
  await clock.advance(1);
  expect(recorded.shown).toHaveLength(2);
});

test("a choice does what the row did that was drawn, and the icon itself opens the page", async () => {
  const recorded = recorder();
  const { clock, chosen, tray: opening } = start(recorded);
  await using tray = await opening;
  const click = async (key: string): Promise<void> => {
    recorded.opened[0]?.onClick(key);
    await clock.advance(1_000);
  };
  await click("icon");
  await click("run.0");
  expect(chosen).toEqual([]);
  tray.show(working(1));
  await clock.advance(1_000);
  for (const key of ["icon", "run.0", "status", "line.1", "none"]) await click(key);
  expect(chosen).toEqual([
    { do: "open_page", path: "/" },
    { do: "run", agentIds: ["inbox"] },
  ]);
});

test("of a flood of choices, ten in a second are taken", async () => {
  const recorded = recorder();
  const { chosen, tray: opening } = start(recorded);
  await using _tray = await opening;
  for (let click = 0; click < 1_000; click += 1) recorded.opened[0]?.onClick("logs");
  expect(chosen).toHaveLength(10);
});

test("a program that dies is started again with what is known then, after 1, 5 and 30 seconds, and then no more", async () => {
  const recorded = recorder();
  const { clock, tray: opening } = start(recorded);
  await using tray = await opening;
  let end: string | undefined;
  void tray.ended.then((reason) => (end = reason));
  tray.show(working(7));
  for (const [index, delay] of [1_000, 5_000, 30_000].entries()) {
    recorded.lose[index]?.("with 3");
    await clock.advance(0);
    await clock.advance(delay - 1);
    expect(recorded.opened).toHaveLength(index + 1);
    await clock.advance(1);
    expect(recorded.opened).toHaveLength(index + 2);
  }
  expect(titleOf(recorded.opened.at(-1)?.menu)).toBe("Agent Runner: working (7 files left)");
  expect(end).toBeUndefined();
  recorded.lose[3]?.("with 4");
  await clock.advance(60_000);
  expect(recorded.opened).toHaveLength(4);
  expect(end).toBe("with 4");
});

test("one that stood for long may die as often again", async () => {
  const recorded = recorder();
  const { clock, tray: opening } = start(recorded);
  await using _tray = await opening;
  for (let time = 0; time < 6; time += 1) {
    await clock.advance(11 * 60_000);
    recorded.lose[time]?.("with 3");
    await clock.advance(0);
    await clock.advance(1_000);
  }
  expect(recorded.opened).toHaveLength(7);
});

test("one that does not come up is tried twice at the start, and given up after the last restart", async () => {
  const twice = recorder();
  twice.state.failures = 2;
  await expect(start(twice).tray).rejects.toThrow("cannot open display");
  const once = recorder();
  once.state.failures = 1;
  const { clock, tray: opening } = start(once);
  await using tray = await opening;
  once.state.failures = 3;
  once.lose[0]?.("with 3");
  for (const delay of [0, 1_000, 5_000, 30_000]) await clock.advance(delay);
  expect(await tray.ended).toBe("cannot open display");
});

test("an icon on the bus that is lost has lost its session", async () => {
  const recorded = recorder("sni");
  const { clock, tray: opening } = start(recorded);
  await using tray = await opening;
  recorded.lose[0]?.("the bus has ended");
  expect(await tray.ended).toBe("the bus has ended");
  expect(clock.sleepers()).toBe(0);
});

test("after closing, nothing is drawn, started or waited for", async () => {
  const recorded = recorder();
  const { clock, tray: opening } = start(recorded);
  const tray = await opening;
  tray.show(working(1));
  await tray[Symbol.asyncDispose]();
  await clock.advance(60_000);
  expect(recorded.shown).toEqual([]);
  expect(recorded.state.closed).toBe(1);
  expect(clock.sleepers()).toBe(0);
});
