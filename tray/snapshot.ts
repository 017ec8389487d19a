import type { Status, StatusProblem } from "../daemon/protocol/api.ts";
import type { Run, RunStatus } from "../daemon/protocol/run.ts";

/** Something that happened lately: a file whose job ended, or a run that did. */
export type Activity =
  | { kind: "file"; path: string; outcome: "done" | "failed"; at: string }
  | { kind: "run"; run_id: string; agent_id: string; status: RunStatus; at: string };

/** All that the tray knows of the daemon at one moment. */
export interface Snapshot {
  /** `connecting`: not known yet. */
  connection: "connecting" | "up" | "down";
  /** Since when it is down, in milliseconds since 1970. */
  downSince: number | null;
  /** Why a daemon that is there counts as down: it answers nothing that can be understood. */
  fault: string | null;
  /** What the daemon said last; null: nothing yet, or it is down. */
  status: Status | null;
  /** Whether this daemon has a page to open. */
  hasPage: boolean;
  /** How far the runs under way are, by agent. */
  progress: ReadonlyMap<string, Run["files"]>;
  /** The newest first. */
  recent: readonly Activity[];
  /** Whether it starts at login; null: that is not for the tray to say. */
  startsAtLogin: boolean | null;
}

export const NOTHING_KNOWN: Snapshot = {
  connection: "connecting",
  downSince: null,
  fault: null,
  status: null,
  hasPage: false,
  progress: new Map(),
  recent: [],
  startsAtLogin: null,
};

/** What a row does when it is chosen. */
export type Action =
  | { do: "run"; agentIds: readonly string[] }
  | { do: "pause"; until: "hour" | "tomorrow" | "resumed" }
  | { do: "explain"; problem: StatusProblem }
  | { do: "open_file"; path: string }
  | { do: "open_page"; path: string }
  | { do: "resume" | "start" | "open_inbox" | "edit_config" | "view_logs" }
  | { do: "start_at_login"; on: boolean }
  | { do: "hide" | "quit" };
