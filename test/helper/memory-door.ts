import { dirname } from "node:path";
import type { Control, PageQuery, Views } from "../../daemon/api/control.ts";
import type { EventFeed } from "../../daemon/api/event-stream.ts";
import { createId } from "../../daemon/core/id.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { agentSchema, modelSchema } from "../../daemon/protocol/agent.ts";
import type { AgentView, Page, Status } from "../../daemon/protocol/api.ts";
import type { ConfigView } from "../../daemon/protocol/config-view.ts";
import { ENTITY_DEFAULTS, type Entity, type EntityType } from "../../daemon/protocol/entity.ts";
import type { File } from "../../daemon/protocol/file.ts";
import type { Run } from "../../daemon/protocol/run.ts";

const AT = "2026-03-01T08:00:00.000Z";

export function sampleAgent(id: string): AgentView {
  return {
    ...agentSchema.parse({ id, directories: [{ path: "/in" }] }),
    name: id,
    model: modelSchema.parse({ api_key: null }),
    reachable: null,
    context_window: null,
    state: "idle",
    paused_until: null,
    running_run_id: null,
    last_run: null,
    next_run_at: null,
  };
}

export function sampleRun(runId: string, agentId = "inbox"): Run {
  return {
    run_id: runId,
    agent_id: agentId,
    trigger: "manual",
    status: "running",
    dry_run: false,
    awaits_confirmation: false,
    started_at: AT,
    finished_at: null,
    files: { found: 1, unchanged: 0, processed: 0, failed: 0, skipped: 0, pending: 1 },
    entities: { created: 0, updated: 0, retired: 0 },
    usage: {
      requests: 0,
      input_tokens: 0,
      cached_input_tokens: 0,
      output_tokens: 0,
      cost_usd: null,
    },
    error: null,
  };
}

export function sampleFile(fileId: string, path: string): File {
  return {
    file_id: fileId,
    agent_id: "inbox",
    path,
    state: "failed",
    reason: null,
    next_attempt_at: null,
    size: 3,
    mtime: AT,
    hash: null,
    recipe: null,
    attempts: 1,
    processed_at: null,
    error: { code: "bad_tool_calls", message: "no tool call could be read", hint: null },
    entities: [],
  };
}

const status: Status = {
  state: "idle",
  paused_until: null,
  queue: { pending: 0, working: 0, failed: 1 },
  model: { provider: "rules", name: "rules", base_url: null, reachable: null },
  budget: { spent_usd: 0, spent_tokens: 0, requests: 0, limits: {}, resets_at: AT },
  agents: [],
  problems: [],
};

const config: ConfigView = {
  path: "/home/config.yaml",
  text: "version: 1\n",
  parsed: { version: 1 },
  etag: '"e1"',
  issues: [],
};

/** What the door asks of the daemon, kept in memory: agents, runs and files to change at will. */
const usage = {
  requests: 3,
  input_tokens: 1200,
  cached_input_tokens: 200,
  output_tokens: 90,
  cost_usd: null,
  priced_usd: 0.25,
  unpriced_requests: 1,
};

export interface MemoryDoor {
  control: Control;
  views: Views;
  events: EventFeed;
  agents: AgentView[];
  runs: Run[];
  files: File[];
  /** What was asked of `control`, each as its name and arguments. */
  calls: unknown[][];
}

export function memoryDoor(): MemoryDoor {
  const agents = ["inbox", "mail", "notes"].map(sampleAgent);
  const runs = ["run_3", "run_2", "run_1"].map((id) => sampleRun(id));
  const files = ["a", "b", "c"].map((name) => sampleFile(`file_${name}`, `/in/${name}.md`));
  const entities: { [T in EntityType]: Map<string, Entity<T>> } = {
    project: new Map(),
    task: new Map(),
    note: new Map(),
  };
  const calls: unknown[][] = [];
  const find = <T extends EntityType>(type: T, id: string): Entity<T> => {
    const entity = entities[type].get(id);
    if (entity) return entity;
    throw new RunnerError("entity_not_found", `no ${type} ${id}`);
  };

  const control: Control = {
    version: "1.2.3",
    status: () => status,
    agents: () => agents,
    agent: (agentId) => {
      const agent = agents.find(({ id }) => id === agentId);
      if (agent) return agent;
      throw new RunnerError("agent_not_found", `no agent ${agentId}`, { hint: "See `agents`." });
    },
    trigger(agentId, options) {
      calls.push(["trigger", agentId, options]);
      if (control.agent(agentId).running_run_id === null) return { run_id: "run_new" };
      throw new RunnerError("run_in_progress", "busy", { data: { run_id: "run_3" } });
    },
    triggerAdHoc(body) {
      calls.push(["triggerAdHoc", body]);
      return { run_id: "run_adhoc" };
    },
    confirm(agentId) {
      calls.push(["confirm", agentId]);
      return { run_id: "run_3" };
    },
    estimate: () => ({ files: 0, input_tokens: 0, output_tokens: 0, cost_usd: null }),
    pause(request) {
      calls.push(["pause", request]);
      return { paused: true, paused_until: null };
    },
    resume(request) {
      calls.push(["resume", request]);
      return { paused: false, paused_until: null };
    },
    cancelRun(runId) {
      calls.push(["cancelRun", runId]);
      const run = runs.find(({ run_id }) => run_id === runId);
      if (!run) throw new RunnerError("run_not_found", `no run ${runId}`);
      run.status = "cancelled";
    },
    retryFile(fileId) {
      calls.push(["retryFile", fileId]);
      return { run_id: "run_retry" };
    },
    models: async () => [
      {
        name: "qwen3.5:4b",
        server: "ollama",
        base_url: "http://127.0.0.1:11434/v1",
        calls_tools: true,
        context_tokens: null,
        max_context_tokens: 262_144,
        size_bytes: 3_400_000_000,
        is_loaded: false,
        is_cloud: false,
        price: null,
        agent_ids: [],
      },
      {
        name: "big:cloud",
        server: "ollama",
        base_url: "http://127.0.0.1:11434/v1",
        calls_tools: true,
        context_tokens: 131_072,
        max_context_tokens: 131_072,
        size_bytes: null,
        is_loaded: null,
        is_cloud: true,
        price: null,
        agent_ids: ["mail"],
      },
    ],
    verify: async (agentId) => {
      calls.push(["verify", agentId]);
      return { complete: true, directories: [] };
    },
    createEntity(type, fields) {
      const meta = { created_at: AT, updated_at: AT, created_by: "user", sources: [] };
      const id = createId(type);
      const user_edited = Object.keys(fields);
      const entity = { ...ENTITY_DEFAULTS[type], ...fields, ...meta, id, user_edited };
      entities[type].set(id, entity as unknown as Entity<typeof type>);
      return find(type, id);
    },
    editEntity: (type, id, fields) => Object.assign(find(type, id), fields),
    deleteEntity(type, id) {
      find(type, id);
      entities[type].delete(id);
    },
    config: () => config,
    checkConfig: () => [],
    replaceConfig(text, etag) {
      calls.push(["replaceConfig", text, etag]);
      if (etag === config.etag) return config;
      throw new RunnerError("config_changed", "changed meanwhile");
    },
    async backUp(request) {
      calls.push(["backUp", request]);
      return { path: request.path ?? "/data/backups/a.db", size_bytes: 4_200_000, created_at: AT };
    },
    async forgetFile(fileId) {
      calls.push(["forgetFile", fileId]);
      const path = files.find(({ file_id }) => file_id === fileId)?.path ?? "";
      return { file_id: fileId, path, texts: 1, replies: 1, quotes: 3, also: ["/in/copy.md"] };
    },
    undoRun(runId) {
      calls.push(["undoRun", runId]);
      return { undo_id: "undo_1", reverted: 2, kept: [] };
    },
    undo(request) {
      calls.push(["undo", request]);
      return { undo_id: "undo_2", reverted: 0, kept: [] };
    },
    stop: () => void calls.push(["stop"]),
  };

  const views: Views = {
    listRuns: ({ agent_id, status: wanted, ...query }) =>
      toPage(
        runs.filter(
          (run) =>
            (agent_id ?? run.agent_id) === run.agent_id && (wanted ?? run.status) === run.status,
        ),
        query,
      ),
    listRunChanges: (runId, query) => {
      calls.push(["listRunChanges", runId]);
      return toPage([], query);
    },
    findRun: (runId) => runs.find(({ run_id }) => run_id === runId),
    listFiles: ({ agent_id, state, path, ...query }) =>
      toPage(
        files.filter(
          (file) =>
            (agent_id ?? file.agent_id) === file.agent_id &&
            (state ?? file.state) === file.state &&
            file.path.startsWith(path ?? ""),
        ),
        query,
      ),
    listDirectories: (query) =>
      toPage(
        files.map(({ agent_id, path }) => ({
          agent_id,
          path: dirname(path),
          root: dirname(path),
          files: { pending: 0, working: 0, done: 0, failed: 1, skipped: 0 },
        })),
        query,
      ),
    findFile: (fileId) => files.find(({ file_id }) => file_id === fileId),
    findFileHistory: (fileId) =>
      files.some(({ file_id }) => file_id === fileId) ? { text: "# A", attempts: [] } : undefined,
    listEntities: (type, { status: wanted, project_id, file_id, ...query }) => {
      calls.push(["listEntities", type, { status: wanted, project_id, file_id }]);
      return toPage([...entities[type].values()], query);
    },
    findEntity: (type, id) => entities[type].get(id),
    listActivity(days) {
      calls.push(["listActivity", days]);
      return { days: [{ day: "2026-03-01", files: 2, ...usage }] };
    },
    listUsage(query) {
      calls.push(["listUsage", query]);
      return { items: [{ key: "2026-03-01", ...usage }], next_cursor: null, total: usage };
    },
    search(query) {
      calls.push(["search", query]);
      return { items: [], next_cursor: null };
    },
    explain(id) {
      const entity = entities.task.get(id);
      if (entity === undefined) return undefined;
      const rest = { deleted: null, sources: [], history: [], runs: [], conversations: [] };
      const left_out = { sources: 0, history: 0 };
      return { entity_type: "task", entity, ...rest, left_out };
    },
  };
  return { control, views, events: QUIET, agents, runs, files, calls };
}

/** Nothing ever happens. */
const QUIET: EventFeed = {
  newest: () => 0,
  read: () => [],
  wait: (_after, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    }),
};

/** The cursor is the index of the first item of the page. */
function toPage<T>(items: T[], { limit, cursor = "0" }: PageQuery): Page<T> {
  const start = Number(cursor);
  if (Number.isNaN(start)) throw new RunnerError("invalid_request", `cursor is ${cursor}`);
  const end = start + limit;
  return { items: items.slice(start, end), next_cursor: end < items.length ? String(end) : null };
}
