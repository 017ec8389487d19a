import fc from "fast-check";
import { expect, test } from "vitest";
import { AGENT_SLOTS, buildMenu, findRow, type Row } from "../../tray/menu.ts";
import { type Activity, NOTHING_KNOWN, type Snapshot } from "../../tray/snapshot.ts";
import type { Run } from "../../daemon/protocol/run.ts";
import { anyCodePoint } from "../helper/any-text.ts";
import { knownAgent, knownDaemon, knownRun } from "./known.ts";

// In local time, as people read it.
const NOW = new Date(2026, 2, 1, 12, 0).getTime();
const at = (hours: number, minutes = 0): string =>
  new Date(2026, 2, 1, hours, minutes).toISOString();

const files = { found: 12, unchanged: 2, processed: 1, failed: 0, skipped: 0, pending: 9 };
const problem = (code: string, message: string, agent_id: string | null = null) => ({
  code,
  agent_id,
  message,
  hint: null,
});

/** What is to be seen, one row a line; rows below another are indented, what cannot be chosen is in brackets. */
function draw(snapshot: Snapshot): string[] {
  const lines = (rows: readonly Row[], indent: string): string[] =>
    rows
      .filter(({ hidden }) => !hidden)
      .flatMap((row) => {
        if (row.isLine) return ["--"];
        const title = row.enabled ? row.title : `[${row.title}]`;
        return [indent + title, ...lines(row.rows ?? [], `${indent}  `)];
      });
  const menu = buildMenu(snapshot, NOW);
  return [`(${menu.icon})`, ...lines(menu.rows, "")];
}

const COMMON = ["Open inbox directory", "Edit config", "View logs", "--", "Hide tray icon"];
const PAUSE = ["Pause", "  For 1 hour", "  Until tomorrow", "  Until resumed"];

test.each<[string, Snapshot, string[]]>([
  [
    "nothing known yet",
    NOTHING_KNOWN,
    ["(down)", "[Agent Runner: connecting…]", "--", "[Connecting…]", "--", ...COMMON, "Quit tray"],
  ],
  [
    "down",
    { ...NOTHING_KNOWN, connection: "down", downSince: Date.parse(at(11, 5)) },
    [
      "(down)",
      "[Agent Runner is not running]",
      "[Since 11:05]",
      "--",
      "Start Agent Runner",
      "--",
      ...COMMON,
      "Quit tray",
    ],
  ],
  [
    "there, and not understood",
    { ...NOTHING_KNOWN, connection: "down", fault: "the daemon answered GET /api/status so" },
    [
      "(down)",
      "[Agent Runner does not answer as expected: restart it]",
      "[the daemon answered GET /api/status so]",
      "--",
      "[Trying again…]",
      "--",
      ...COMMON,
      "Quit tray",
    ],
  ],
  [
    "idle with a run to come",
    knownDaemon({ agents: [knownAgent("inbox", { name: "Inbox", next_run_at: at(14, 30) })] }),
    [
      "(idle)",
      "[Agent Runner: idle]",
      "[Next: Inbox, 14:30]",
      "--",
      "Run Now",
      "  Inbox",
      ...PAUSE,
      "--",
      ...COMMON,
      "Quit Agent Runner",
    ],
  ],
  [
    "working, with a page",
    knownDaemon(
      {
        state: "working",
        queue: { pending: 8, working: 1, failed: 0 },
        agents: [
          knownAgent("inbox", { name: "Inbox", state: "working", running_run_id: "run_1" }),
          knownAgent("mail", { name: "Mail" }),
        ],
      },
      { hasPage: true, progress: new Map([["inbox", files]]) },
    ),
    [
      "(working)",
      "[Agent Runner: working (9 files left)]",
      "[Inbox: 3 of 12]",
      "--",
      "Run Now",
      "  All agents",
      "  [Inbox (working)]",
      "  Mail",
      ...PAUSE,
      "--",
      "Open dashboard",
      ...COMMON,
      "Quit Agent Runner",
    ],
  ],
  [
    "paused for a time",
    knownDaemon({
      state: "paused",
      paused_until: at(15),
      queue: { pending: 3, working: 0, failed: 0 },
      agents: [knownAgent("inbox", { name: "Inbox", state: "paused", paused_until: at(15) })],
    }),
    [
      "(paused)",
      "[Agent Runner: paused until 15:00]",
      "[3 files pending]",
      "--",
      "Run Now",
      "  [Inbox (paused)]",
      "Resume",
      "--",
      ...COMMON,
      "Quit Agent Runner",
    ],
  ],
  [
    "attention with more problems than rows",
    knownDaemon({
      state: "attention",
      problems: [
        problem("directory_missing", "/a does not exist", "inbox"),
        problem("key_missing", "no key"),
        problem("a", "third"),
        problem("b", "fourth"),
        problem("c", "fifth"),
      ],
    }),
    [
      "(attention)",
      "[Agent Runner: needs attention (5 problems)]",
      "inbox: /a does not exist",
      "no key",
      "third",
      "[2 more problems]",
      "--",
      "Run Now",
      "  Inbox",
      ...PAUSE,
      "Resume",
      "--",
      ...COMMON,
      "Quit Agent Runner",
    ],
  ],
])("%s", (_name, snapshot, expected) => {
  expect(draw(snapshot)).toEqual(expected);
});

test("a config that is not valid shows its line in the detail row, which opens the config", () => {
  const message =
    "Mistake in config.yaml line 7: agents[0].max_detph: unknown key, did you mean max_depth?";
  const menu = buildMenu(
    knownDaemon({ state: "attention", problems: [problem("config_invalid", message)] }),
    NOW,
  );
  const detail = findRow(menu.rows, "detail");
  expect(detail).toMatchObject({ enabled: true, hidden: false, action: { do: "edit_config" } });
  expect(detail?.title).toMatch(/^Mistake in config\.yaml line 7: .*…$/u);
  expect(findRow(menu.rows, "problem.0")?.hidden).toBe(true);
});

test("recent activity names files and runs; a run can be opened only where there is a page", () => {
  const ofRun = { kind: "run", agent_id: "inbox" } as const;
  const remarks = ["3 stopped at a limit", "2 read with warnings"];
  const recent: Activity[] = [
    { kind: "file", path: "/in/a.md", outcome: "done", at: at(11, 58) },
    { kind: "file", path: "C:\\in\\b.pdf", outcome: "failed", at: at(9) },
    { ...ofRun, run_id: "run_1", status: "partial", remarks: [], at: at(12) },
    { ...ofRun, run_id: "run_2", status: "success", remarks, at: at(11) },
    { ...ofRun, run_id: "run_3", status: "partial", remarks: remarks.slice(1), at: at(11) },
  ];
  const rowsOf = (hasPage: boolean): readonly Row[] =>
    findRow(buildMenu(knownDaemon({}, { recent, hasPage }), NOW).rows, "recent")?.rows ?? [];
  expect(rowsOf(false).map(({ title, enabled, hidden }) => !hidden && [title, enabled])).toEqual([
    ["done: a.md (2 min ago)", true],
    ["failed: b.pdf (3 h ago)", true],
    ["Run of Inbox: partial (now)", false],
    ["Run of Inbox: 3 stopped at a limit, 2 r… (1 h ago)", false],
    ["Run of Inbox: partial, 2 read with warn… (1 h ago)", false],
    ...Array.from({ length: 3 }, () => false),
  ]);
  expect(rowsOf(true)[2]).toMatchObject({
    enabled: true,
    action: { do: "open_page", path: "/runs/run_1" },
  });
});

test("what the last runs did not read or record has a row and is in the tooltip for a day", () => {
  const lastRun = (fields: Partial<Run>, ended = at(11)): Run =>
    knownRun({ finished_at: ended, ...fields });
  const capped = { recorded: 4, nothing_recorded: 1, capped: 3 };
  const agents = [
    knownAgent("a", { name: "Inbox", last_run: lastRun({ run_id: "run_7", warned: 2 }) }),
    knownAgent("b", { name: "Mail", last_run: lastRun({ outcomes: capped, warned: 1 }) }),
    knownAgent("c", { name: "Fine", last_run: lastRun({}) }),
    knownAgent("d", { name: "Old", last_run: lastRun({ warned: 9 }, "2026-02-27T00:00:00.000Z") }),
  ];
  const menu = buildMenu(knownDaemon({ agents }, { hasPage: true }), NOW);
  expect(findRow(menu.rows, "remarks")).toMatchObject({
    title: "Inbox: 2 read with warnings · Mail: 3 stopped at a limit, 1…",
    hidden: false,
    action: { do: "open_page", path: "/runs/run_7" },
  });
  expect(menu.tooltip).toBe(
    "Agent Runner: idle, 3 stopped at a limit, 3 read with warnings, 1 with nothing recorded",
  );
  const without = buildMenu(knownDaemon({ agents: agents.slice(2) }), NOW);
  expect(findRow(without.rows, "remarks")).toMatchObject({ hidden: true });
  expect(without.tooltip).toBe("Agent Runner: idle");
});

test("the detail row says how long a run takes that is measured", () => {
  const backlog = { done: 1, total: 10, waiting: 0, seconds_left: 10_800 };
  const agent = knownAgent("inbox", { name: "Inbox", running_run_id: "run_1", backlog });
  const snapshot = knownDaemon(
    { state: "working", agents: [agent] },
    { progress: new Map([["inbox", files]]) },
  );
  expect(findRow(buildMenu(snapshot, NOW).rows, "detail")?.title).toBe(
    "Inbox: 3 of 12, about 3 hours left",
  );
});

test("a problem leads to its page where there is one, and is told in full where there is none", () => {
  const problems = [problem("key_missing", "no key", "a b"), problem("x", "general")];
  const actionsOf = (hasPage: boolean) => {
    const { rows } = buildMenu(knownDaemon({ state: "attention", problems }, { hasPage }), NOW);
    return [0, 1].map((index) => findRow(rows, `problem.${index}`)?.action);
  };
  expect(actionsOf(true)).toEqual([
    { do: "open_page", path: "/agents/a%20b" },
    { do: "open_page", path: "/" },
  ]);
  expect(actionsOf(false)).toEqual(problems.map((one) => ({ do: "explain", problem: one })));
});

test("Start at login has its row where it can be said, with a check mark", () => {
  const rowFor = (startsAtLogin: boolean | null): Row | undefined =>
    findRow(buildMenu(knownDaemon({}, { startsAtLogin }), NOW).rows, "login");
  expect(rowFor(null)).toMatchObject({ hidden: true });
  expect(rowFor(false)).toMatchObject({
    hidden: false,
    checked: false,
    action: { do: "start_at_login", on: true },
  });
  expect(rowFor(true)).toMatchObject({
    checked: true,
    action: { do: "start_at_login", on: false },
  });
});

test("an agent beyond the last row is counted, and All agents runs those that can run", () => {
  const agents = Array.from({ length: AGENT_SLOTS + 2 }, (_, index) => knownAgent(`a${index}`));
  agents[0] = knownAgent("a0", { state: "disabled" });
  const rows = buildMenu(knownDaemon({ agents }), NOW).rows;
  expect(findRow(rows, "run.more")).toMatchObject({
    hidden: false,
    title: "2 more on the command line",
  });
  const all = findRow(rows, "run.all")?.action;
  expect(all).toMatchObject({ do: "run" });
  expect(all?.do === "run" && all.agentIds).toHaveLength(AGENT_SLOTS + 1);
});

const anyText = fc.string({ unit: anyCodePoint, maxLength: 400 });
const anyInstant = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
const anyAgent = fc.record({
  id: anyText,
  name: anyText,
  state: fc.constantFrom("attention", "disabled", "paused", "working", "idle"),
  running_run_id: fc.option(fc.constant("run_1")),
  next_run_at: fc.option(anyInstant),
});
const anySnapshot = fc
  .record({
    state: fc.constantFrom("attention", "paused", "working", "idle"),
    paused_until: fc.option(anyInstant),
    agents: fc.array(
      anyAgent.map(({ id, ...rest }) => knownAgent(id, rest)),
      { maxLength: 30 },
    ),
    problems: fc.array(
      fc.record({
        code: fc.constantFrom("config_invalid", "key_missing"),
        agent_id: fc.option(anyText),
        message: anyText,
        hint: fc.constant(null),
      }),
    ),
  })
  .map((status) => knownDaemon(status));
const anyKnown = fc.oneof(
  anySnapshot,
  fc.constant(NOTHING_KNOWN),
  fc.constant<Snapshot>({ ...NOTHING_KNOWN, connection: "down", downSince: NOW }),
  fc.constant<Snapshot>({ ...NOTHING_KNOWN, connection: "down", fault: "a fault" }),
);

function flatten(rows: readonly Row[]): Row[] {
  return rows.flatMap((row) => [row, ...flatten(row.rows ?? [])]);
}

test("whatever is known, the rows are the same ones, fit to be drawn, and no group is empty", () => {
  const keys = flatten(buildMenu(NOTHING_KNOWN, NOW).rows).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  fc.assert(
    fc.property(anyKnown, (snapshot) => {
      const menu = buildMenu(snapshot, NOW);
      expect(flatten(menu.rows).map(({ key }) => key)).toEqual(keys);
      for (const { title, isLine } of flatten(menu.rows)) {
        if (isLine) continue;
        expect(title).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]|^\s*$/u);
        expect(title.length).toBeLessThan(1_000);
      }
      const shown = menu.rows.filter(({ hidden }) => !hidden);
      const doubled = shown.filter((row, index) => row.isLine && shown[index + 1]?.isLine);
      expect(doubled).toEqual([]);
      expect(shown[0]?.isLine ?? shown.at(-1)?.isLine).toBeUndefined();
    }),
  );
});
