import type { Status, StatusProblem } from "../daemon/protocol/api.ts";
import type { Run, RunStatus } from "../daemon/protocol/run.ts";

/** A recent activity: a file whose job ended, or a run that ended. */
export type Activity =
  | {
      kind: "file";
      path: string;
      /** In words: `done`, `failed`, `stopped at a limit`. */
      outcome: string;
      at: string;
    }
  | {
      kind: "run";
      run_id: string;
      agent_id: string;
      status: RunStatus;
      /** What was not read or not recorded, in words. */
      remarks: readonly string[];
      at: string;
    };

/** What the tray knows of the daemon at one moment. */
export interface Snapshot {
  /** `connecting`: not known yet. */
  connection: "connecting" | "up" | "down";
  /** When it went down, in milliseconds since 1970. */
  downSince: number | null;
  /** Why an existing daemon counts as down: its answers cannot be understood. */
  fault: string | null;
  /** The last status; null: none yet, or the daemon is down. */
  status: Status | null;
  /** Whether the daemon has a page to open. */
  hasPage: boolean;
  /** The progress of the runs in progress, by agent. */
  progress: ReadonlyMap<string, Run["files"]>;
  /** The newest first. */
  recent: readonly Activity[];
  /** Whether the daemon starts at login; null: unknown. */
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
