/*
 * Turns what is known of the daemon into a menu. Pure. The rows and their order never change, only their titles and
 * whether they are hidden or enabled, because systray2 fixes its rows at the start. A group between two lines is never
 * empty, because systray2 cannot hide a line.
 */
import { sayRest } from "../daemon/core/backlog.ts";
import { listRemarks } from "../daemon/core/outcome.ts";
import type { AgentStatus, Status, StatusProblem } from "../daemon/protocol/api.ts";
import type { Run } from "../daemon/protocol/run.ts";
import type { IconState } from "./icon/shape.ts";
import type { Action, Activity, Snapshot } from "./snapshot.ts";
import { cleanText } from "./text.ts";
import { describeAge, describeTime } from "./time.ts";

export interface Row {
  /** Which row it is; never changes. */
  readonly key: string;
  /** The cleaned text; empty for a line. */
  readonly title: string;
  readonly enabled: boolean;
  readonly hidden: boolean;
  /** What a click does; null: nothing. */
  readonly action: Action | null;
  /** The rows of a submenu. */
  readonly rows?: readonly Row[];
  readonly isLine?: true;
  /** Whether its check mark is set; undefined: it has none. */
  readonly checked?: boolean;
}

export interface Menu {
  readonly icon: IconState;
  /** The text shown when the pointer is on the icon. */
  readonly tooltip: string;
  readonly rows: readonly Row[];
}

export const AGENT_SLOTS = 20;
export const PROBLEM_SLOTS = 3;
export const ACTIVITY_SLOTS = 8;
// Windows cuts longer ones.
const TOOLTIP_LENGTH = 120;

/** The menu for a snapshot. @param now milliseconds since 1970 */
export function buildMenu(snapshot: Snapshot, now: number): Menu {
  const { status } = snapshot;
  const isUp = status !== null;
  const isPaused = status !== null && isPausedForAll(status);
  // Attention outranks paused, so the status may hide an unlimited pause.
  const mayBePaused = isPaused || status?.state === "attention";
  const title = describeState(snapshot, now);
  return {
    icon: status?.state ?? "down",
    tooltip: cleanText([title, ...sumRemarks(recentRuns(status, now))].join(", "), TOOLTIP_LENGTH),
    rows: [
      row("status", title, { enabled: false }),
      detailRow(snapshot, now),
      remarksRow(snapshot, now),
      ...problemRows(
        status?.problems.filter((problem) => !isOfConfig(problem)) ?? [],
        snapshot.hasPage,
      ),
      line("line.1"),
      submenu("run", "Run Now", status === null || status.agents.length === 0, runRows(status)),
      submenu("pause", "Pause", !isUp || isPaused, [
        row("pause.hour", "For 1 hour", { action: { do: "pause", until: "hour" } }),
        row("pause.tomorrow", "Until tomorrow", { action: { do: "pause", until: "tomorrow" } }),
        row("pause.resumed", "Until resumed", { action: { do: "pause", until: "resumed" } }),
      ]),
      row("resume", "Resume", { action: { do: "resume" }, hidden: !mayBePaused }),
      row("start", "Start Agent Runner", {
        action: { do: "start" },
        hidden: snapshot.connection !== "down" || snapshot.fault !== null,
      }),
      row("connecting", snapshot.fault === null ? "Connecting…" : "Trying again…", {
        enabled: false,
        hidden: isUp || (snapshot.connection === "down" && snapshot.fault === null),
      }),
      line("line.2"),
      submenu(
        "recent",
        "Recent activity",
        snapshot.recent.length === 0,
        activityRows(snapshot, now),
      ),
      row("page", "Open dashboard", {
        action: { do: "open_page", path: "/" },
        hidden: !snapshot.hasPage,
      }),
      row("inbox", "Open inbox directory", { action: { do: "open_inbox" } }),
      row("config", "Edit config", { action: { do: "edit_config" } }),
      row("logs", "View logs", { action: { do: "view_logs" } }),
      line("line.3"),
      loginRow(snapshot.startsAtLogin),
      row("hide", "Hide tray icon", { action: { do: "hide" } }),
      row("quit", isUp ? "Quit Agent Runner" : "Quit tray", { action: { do: "quit" } }),
    ],
  };
}

/** The row with a key, at any level. */
export function findRow(rows: readonly Row[], key: string): Row | undefined {
  for (const one of rows) {
    const found = one.key === key ? one : findRow(one.rows ?? [], key);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface RowOptions {
  enabled?: boolean;
  hidden?: boolean;
  action?: Action | null;
}

function row(key: string, title: string, options: RowOptions = {}): Row {
  const { enabled = true, hidden = false, action = null } = options;
  return { key, title: title === "" ? key : cleanText(title), enabled, hidden, action };
}

function submenu(key: string, title: string, hidden: boolean, rows: readonly Row[]): Row {
  return { ...row(key, title), hidden, rows };
}

function line(key: string): Row {
  return { ...row(key, key), title: "", isLine: true };
}

/** Exactly `count` rows: the given ones, then hidden ones. */
function fill(
  prefix: string,
  count: number,
  rows: readonly RowOptions[],
  titles: readonly string[],
) {
  return Array.from({ length: count }, (_, index) => {
    const options = rows[index] ?? { hidden: true };
    return row(`${prefix}.${index}`, titles[index] ?? "", options);
  });
}

function describeState({ connection, status, fault }: Snapshot, now: number): string {
  if (fault !== null) return "Agent Runner does not answer as expected: restart it";
  if (status === null) {
    return connection === "down" ? "Agent Runner is not running" : "Agent Runner: connecting…";
  }
  return `Agent Runner: ${stateInWords(status, now)}`;
}

function stateInWords({ state, paused_until, problems, queue }: Status, now: number): string {
  switch (state) {
    case "attention":
      return `needs attention (${count(problems.length, "problem")})`;
    case "paused":
      return paused_until === null ? "paused" : `paused until ${describeTime(paused_until, now)}`;
    case "working":
      return `working (${count(queue.pending + queue.working, "file")} left)`;
    case "idle":
      return "idle";
  }
}

function detailRow(snapshot: Snapshot, now: number): Row {
  const { status } = snapshot;
  const fault = status?.problems.find(isOfConfig);
  if (fault !== undefined) {
    return row("detail", fault.message, { action: { do: "edit_config" } });
  }
  const detail =
    status === null ? describeAbsence(snapshot, now) : describeWork(snapshot, status, now);
  return row("detail", detail ?? "", { enabled: false, hidden: detail === undefined });
}

const DAY_MS = 24 * 60 * 60_000;

/** The last run of each agent, if it ended within a day and did not read or record all. */
function recentRuns(status: Status | null, now: number): { name: string; run: Run }[] {
  return (status?.agents ?? []).flatMap(({ name, last_run: run }) => {
    if (run === null || listRemarks(run).length === 0) return [];
    return now - Date.parse(run.finished_at ?? "") < DAY_MS ? [{ name, run }] : [];
  });
}

function sumRemarks(runs: readonly { run: Run }[]): string[] {
  const sum = (of: (run: Run) => number): number =>
    runs.reduce((total, { run }) => total + of(run), 0);
  return listRemarks({
    outcomes: {
      capped: sum(({ outcomes }) => outcomes.capped),
      nothing_recorded: sum(({ outcomes }) => outcomes.nothing_recorded),
    },
    warned: sum(({ warned }) => warned),
  });
}

/** What the last runs did not read or record; a click opens the first of them. */
function remarksRow({ status, hasPage }: Snapshot, now: number): Row {
  const runs = recentRuns(status, now);
  const said = runs.map(
    ({ name, run }) => `${cleanText(name, 20)}: ${listRemarks(run).join(", ")}`,
  );
  const [first] = runs;
  return row("remarks", said.join(" · "), {
    enabled: hasPage,
    hidden: first === undefined,
    action: first === undefined ? null : openPage("runs", first.run.run_id),
  });
}

function loginRow(startsAtLogin: boolean | null): Row {
  const checked = startsAtLogin === true;
  const action: Action = { do: "start_at_login", on: !checked };
  return { ...row("login", "Start at login", { action, hidden: startsAtLogin === null }), checked };
}

function describeAbsence({ downSince, fault }: Snapshot, now: number): string | undefined {
  if (fault !== null) return fault;
  if (downSince === null) return undefined;
  return `Since ${describeTime(new Date(downSince).toISOString(), now)}`;
}

/** The runs in progress; else the next run, or the files that wait. */
function describeWork(snapshot: Snapshot, status: Status, now: number): string | undefined {
  const running = status.agents.filter(({ running_run_id }) => running_run_id !== null);
  if (running.length > 0) {
    return running
      .map(({ id, name, backlog }) => {
        const files = snapshot.progress.get(id);
        if (files === undefined || files.found === 0) return cleanText(name, 30);
        const rest = backlog === null ? "" : `, ${sayRest(backlog)}`;
        return `${cleanText(name, 30)}: ${files.found - files.pending} of ${files.found}${rest}`;
      })
      .join(" · ");
  }
  const pending =
    status.queue.pending > 0 ? `${count(status.queue.pending, "file")} pending` : undefined;
  if (status.state === "paused") return pending;
  const next = status.agents
    .filter((agent) => agent.next_run_at !== null)
    .toSorted((a, b) => (a.next_run_at ?? "").localeCompare(b.next_run_at ?? ""))[0];
  if (next?.next_run_at)
    return `Next: ${cleanText(next.name, 30)}, ${describeTime(next.next_run_at, now)}`;
  return pending;
}

function problemRows(problems: readonly StatusProblem[], hasPage: boolean): Row[] {
  const shown = problems.slice(0, PROBLEM_SLOTS);
  const rest = problems.length - shown.length;
  return [
    ...fill(
      "problem",
      PROBLEM_SLOTS,
      shown.map((problem) => ({ action: hasPage ? pageOf(problem) : { do: "explain", problem } })),
      shown.map(problemInWords),
    ),
    row("problem.more", `${count(rest, "more problem")}`, {
      enabled: false,
      hidden: rest <= 0,
    }),
  ];
}

/** The number comes before the message, whose end may be cut. */
function problemInWords({ code, agent_id, message, files }: StatusProblem): string {
  if (agent_id === null) return message;
  // The message about consent says how many already.
  const many = files === undefined || code === "confirm_needed" ? "" : ` (${count(files, "file")})`;
  return `${agent_id}${many}: ${message}`;
}

function pageOf({ agent_id }: StatusProblem): Action {
  return agent_id === null ? { do: "open_page", path: "/" } : openPage("agents", agent_id);
}

function openPage(kind: "agents" | "runs", id: string): Action {
  return { do: "open_page", path: `/${kind}/${encodeURIComponent(id)}` };
}

function runRows(status: Status | null): Row[] {
  const agents = status?.agents ?? [];
  const isPaused = status !== null && isPausedForAll(status);
  const mayRun = ({ state, running_run_id }: AgentStatus): boolean =>
    !isPaused && running_run_id === null && state !== "disabled" && state !== "paused";
  const able = agents.filter(mayRun);
  const shown = agents.slice(0, AGENT_SLOTS);
  const rest = agents.length - shown.length;
  return [
    row("run.all", "All agents", {
      enabled: able.length > 0,
      hidden: agents.length < 2,
      action: { do: "run", agentIds: able.map(({ id }) => id) },
    }),
    ...fill(
      "run",
      AGENT_SLOTS,
      shown.map((agent) => ({
        enabled: mayRun(agent),
        action: { do: "run", agentIds: [agent.id] },
      })),
      shown.map(
        (agent) => `${cleanText(agent.name, 40)}${mayRun(agent) ? "" : ` (${whyNot(agent)})`}`,
      ),
    ),
    row("run.more", `${rest} more on the command line`, { enabled: false, hidden: rest <= 0 }),
  ];
}

function whyNot({ state, running_run_id }: AgentStatus): string {
  if (running_run_id !== null) return "working";
  return state === "disabled" ? "disabled" : "paused";
}

function activityRows({ recent, hasPage, status }: Snapshot, now: number): Row[] {
  const shown = recent.slice(0, ACTIVITY_SLOTS);
  const nameOf = (agentId: string): string =>
    status?.agents.find(({ id }) => id === agentId)?.name ?? agentId;
  return fill(
    "recent",
    ACTIVITY_SLOTS,
    shown.map((activity) =>
      activity.kind === "file"
        ? { action: { do: "open_file", path: activity.path } }
        : { enabled: hasPage, action: openPage("runs", activity.run_id) },
    ),
    shown.map((activity) => describeActivity(activity, nameOf, describeAge(activity.at, now))),
  );
}

function describeActivity(activity: Activity, nameOf: (id: string) => string, age: string): string {
  if (activity.kind === "file") {
    // Cleaned in parts, so that a long name leaves room for the outcome.
    const name = activity.path.split(/[/\\]/u).at(-1) ?? activity.path;
    return `${activity.outcome}: ${cleanText(name, 36)} (${age})`;
  }
  const { agent_id, status, remarks } = activity;
  if (remarks.length === 0) return `Run of ${cleanText(nameOf(agent_id), 26)}: ${status} (${age})`;
  const said = [...(status === "success" ? [] : [status]), ...remarks].join(", ");
  return `Run of ${cleanText(nameOf(agent_id), 12)}: ${cleanText(said, 26)} (${age})`;
}

function isOfConfig({ code }: StatusProblem): boolean {
  return code === "config_invalid" || code === "config_missing";
}

function isPausedForAll({ state, paused_until }: Status): boolean {
  return state === "paused" || paused_until !== null;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
