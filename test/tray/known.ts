import type { AgentStatus, Status } from "../../daemon/protocol/api.ts";
import type { Run } from "../../daemon/protocol/run.ts";
import { NOTHING_KNOWN, type Snapshot } from "../../tray/snapshot.ts";

const model = { provider: "rules", name: "rules", base_url: null, reachable: true };

/** An agent that does nothing, but for what is given. */
export function knownAgent(id: string, fields: Partial<AgentStatus> = {}): AgentStatus {
  return {
    id,
    name: id,
    state: "idle",
    paused_until: null,
    running_run_id: null,
    model,
    context_window: null,
    backlog: null,
    last_run: null,
    next_run_at: null,
    ...fields,
  };
}

/** A run that ended well and found nothing new, but for what is given. */
export function knownRun(fields: Partial<Run> = {}): Run {
  return {
    run_id: "run_1",
    agent_id: "inbox",
    trigger: "watch",
    status: "success",
    dry_run: false,
    awaits_confirmation: false,
    started_at: "2026-03-01T10:00:00.000Z",
    finished_at: "2026-03-01T10:00:00.000Z",
    files: { found: 0, unchanged: 0, processed: 0, failed: 0, skipped: 0, pending: 0 },
    outcomes: { recorded: 0, nothing_recorded: 0, capped: 0 },
    warned: 0,
    entities: { created: 0, updated: 0, retired: 0 },
    usage: {
      requests: 0,
      input_tokens: 0,
      cached_input_tokens: 0,
      output_tokens: 0,
      cost_usd: 0,
      spent_usd: 0,
      reserved_usd: 0,
      unknown_requests: 0,
    },
    error: null,
    ...fields,
  };
}

/** A status with one idle agent, but for what is given. */
export function knownStatus(fields: Partial<Status> = {}): Status {
  return {
    state: "idle",
    paused_until: null,
    queue: { pending: 0, working: 0, failed: 0 },
    model,
    budget: {
      spent_usd: 0,
      reserved_usd: 0,
      unknown_requests: 0,
      spent_tokens: 0,
      requests: 0,
      limits: {},
      resets_at: "2026-03-02T00:00:00.000Z",
    },
    agents: [knownAgent("inbox", { name: "Inbox" })],
    skipped: [],
    problems: [],
    ...fields,
  };
}

/** A daemon that is there and says this. */
export function knownDaemon(status: Partial<Status> = {}, rest: Partial<Snapshot> = {}): Snapshot {
  return { ...NOTHING_KNOWN, connection: "up", status: knownStatus(status), ...rest };
}
