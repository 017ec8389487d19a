/**
 * The other side of the door: every route as a typed method, for commands, the tray and tests. The token
 * goes to the daemon's address and nowhere else; nothing is repeated; what the daemon refuses arrives as
 * the RunnerError it threw.
 */
import type { z } from "zod";
import {
  type AgentView,
  agentView,
  type adHocTrigger,
  ENTITY_PATHS,
  type entitiesQuery,
  type entityBodies,
  entitySchemas,
  estimateSchema,
  fileDetail,
  type filesQuery,
  healthSchema,
  type listQuery,
  offeredModel,
  type Page,
  pageSchema,
  pauseAnswer,
  type pauseRequest,
  type resumeRequest,
  type runsQuery,
  sessionCode,
  statusSchema,
  stopAnswer,
  triggerAnswer,
  type triggerOptions,
  type verifyQuery,
  verifySchema,
} from "../protocol/api.ts";
import { configIssues, configView } from "../protocol/config-view.ts";
import { backupAnswer, type backupRequest } from "../protocol/backup.ts";
import { type directoriesQuery, directoryView } from "../protocol/directory-view.ts";
import type { Entity, EntityType } from "../protocol/entity.ts";
import { explainSchema } from "../protocol/explain.ts";
import { fileSchema } from "../protocol/file.ts";
import { forgetAnswer } from "../protocol/forget.ts";
import { runSchema } from "../protocol/run.ts";
import { searchItem, type searchQuery } from "../protocol/search.ts";
import { usagePage, type usageQuery } from "../protocol/usage.ts";
import type { ToldEvent } from "../protocol/event.ts";
import { type EventsOptions, readEvents } from "./events.ts";
import { runChange } from "../protocol/run-changes.ts";
import { undoAnswer, type undoRequest } from "../protocol/undo.ts";
import { askJson, badAnswer, type Place, requestJson } from "./request.ts";

export interface ClientOptions {
  /** Where the daemon is, e.g. `http://127.0.0.1:4770`. */
  url: string;
  token: string;
  /** Ends every request under way. */
  signal?: AbortSignal | undefined;
  /** For one request, all of it; where it is left out, 30 s, and 30 minutes for `verify` and `backUp`. */
  timeoutMs?: number;
  /** Where the daemon is by now, for `events`, which outlive it; left out: where it was. */
  locate?: () => Promise<Place>;
}

const TIMEOUT_MS = 30_000;
// What walks every directory and may meet network shares, or copies all there is.
const PATIENT_TIMEOUT_MS = 30 * 60_000;

/** The fields of a query; one that is undefined is left out. */
type Query<Schema extends z.ZodType> = {
  [Field in keyof z.output<Schema>]?: z.output<Schema>[Field] | undefined;
};

export type Client = ReturnType<typeof createClient>;

/** A client of the daemon at `url`. Sends nothing until it is asked to. */
export function createClient({ url, token, signal, timeoutMs, locate }: ClientOptions) {
  const request = (method: string, path: string, body?: unknown): Promise<unknown> =>
    requestJson({ url, token, signal, timeoutMs: timeoutMs ?? TIMEOUT_MS }, method, path, body);

  const send = async <Answer>(
    answer: z.ZodType<Answer>,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answer> => parse(answer, await request(method, path, body), path);

  const list = <Item>(
    item: z.ZodType<Item>,
    path: string,
    query: Query<typeof listQuery>,
  ): Promise<Page<Item>> => send(pageSchema(item), "GET", path + toSearch(query));

  return {
    url,
    /** Any route: whatever it answers, as it stands; undefined where that is nothing. */
    request,
    /** Any route: its status and whatever it answers, a problem too. */
    ask: (
      method: string,
      path: string,
      body?: unknown,
      headers: Readonly<Record<string, string>> = {},
    ) =>
      askJson(
        { url, token, signal, timeoutMs: timeoutMs ?? TIMEOUT_MS, headers },
        method,
        path,
        body,
      ),
    health: () => send(healthSchema, "GET", "/api/health"),
    status: () => send(statusSchema, "GET", "/api/status"),
    /** Ends the daemon; answers before that. */
    stop: () => send(stopAnswer, "POST", "/api/stop"),
    pause: (request: z.input<typeof pauseRequest> = {}) =>
      send(pauseAnswer, "POST", "/api/pause", request),
    resume: (request: z.input<typeof resumeRequest> = {}) =>
      send(pauseAnswer, "POST", "/api/resume", request),
    /** What happens, in order, each event once, for as long as it is asked for: see {@link readEvents}. */
    events(options: EventsOptions = {}): AsyncGenerator<ToldEvent, void, undefined> {
      const signals = [signal, options.signal].filter((one) => one !== undefined);
      const either = signals.length === 0 ? undefined : AbortSignal.any(signals);
      return readEvents(locate ?? (async () => ({ url, token })), { ...options, signal: either });
    },
    /** A code that opens the page once, within a minute. */
    createSessionCode: () => send(sessionCode, "POST", "/api/session-codes"),

    /** Every configured agent, page by page. */
    async agents(): Promise<AgentView[]> {
      const agents: AgentView[] = [];
      const pages = (query: Query<typeof listQuery>) => list(agentView, "/api/agents", query);
      for await (const agent of all(pages, {})) agents.push(agent);
      return agents;
    },
    agent: (agentId: string) => send(agentView, "GET", toPath("/api/agents/", agentId)),
    trigger: (agentId: string, options: z.input<typeof triggerOptions> = {}) =>
      send(triggerAnswer, "POST", toPath("/api/agents/", agentId, "/trigger"), options),
    confirm: (agentId: string) =>
      send(triggerAnswer, "POST", toPath("/api/agents/", agentId, "/confirm")),
    estimate: (agentId: string) =>
      send(estimateSchema, "GET", toPath("/api/agents/", agentId, "/estimate")),
    triggerAdHoc: (agent: z.input<typeof adHocTrigger>) =>
      send(triggerAnswer, "POST", "/api/agents/trigger", agent),

    runs: (query: Query<typeof runsQuery> = {}) => list(runSchema, "/api/runs", query),
    run: (runId: string) => send(runSchema, "GET", toPath("/api/runs/", runId)),
    /** What a run changed, or a dry run would change; the latest first. */
    runChanges: (runId: string, query: Query<typeof listQuery> = {}) =>
      list(runChange, toPath("/api/runs/", runId, "/changes"), query),
    cancelRun: (runId: string) => send(runSchema, "POST", toPath("/api/runs/", runId, "/cancel")),

    undoRun: (runId: string) => send(undoAnswer, "POST", toPath("/api/runs/", runId, "/undo")),
    undo: (request: z.input<typeof undoRequest>) => send(undoAnswer, "POST", "/api/undo", request),

    files: (query: Query<typeof filesQuery> = {}) => list(fileSchema, "/api/files", query),
    /** Directories that hold files. */
    directories: (query: Query<typeof directoriesQuery> = {}) =>
      list(directoryView, "/api/directories", query),
    file: (fileId: string) => send(fileDetail, "GET", toPath("/api/files/", fileId)),
    retryFile: (fileId: string) =>
      send(triggerAnswer, "POST", toPath("/api/files/", fileId, "/retry")),

    /** Purges text, conversations and quotes of a file, for good. */
    forgetFile: (fileId: string) =>
      send(forgetAnswer, "POST", toPath("/api/files/", fileId, "/forget")),

    /** The models that could be asked. */
    models: () => list(offeredModel, "/api/models", {}),

    /** Copies the journal, which may take minutes. */
    async backUp(request: z.input<typeof backupRequest> = {}) {
      const patient = { url, token, signal, timeoutMs: timeoutMs ?? PATIENT_TIMEOUT_MS };
      const path = "/api/backup";
      return parse(backupAnswer, await requestJson(patient, "POST", path, request), path);
    },

    /** Checks the journal against the disk, which may take minutes. */
    async verify(query: Query<typeof verifyQuery> = {}) {
      const path = `/api/verify${toSearch(query)}`;
      const patient = { url, token, signal, timeoutMs: timeoutMs ?? PATIENT_TIMEOUT_MS };
      return parse(verifySchema, await requestJson(patient, "GET", path), path);
    },

    /** Everything in which these words occur, the best first. */
    search: (query: Query<typeof searchQuery> & { q: string }) =>
      list(searchItem, "/api/search", query),

    /** What model requests came to. */
    usage: (query: Query<typeof usageQuery> = {}) =>
      send(usagePage, "GET", `/api/usage${toSearch(query)}`),

    /** config.yaml as it stands, without its keys. */
    config: () => send(configView, "GET", "/api/config"),
    /** What would be wrong with a text of config.yaml; writes nothing. */
    checkConfig: (text: string) => send(configIssues, "POST", "/api/config/check", { text }),
    /** Puts a text in place of the one that has this etag. */
    async replaceConfig(text: string, etag: string) {
      const path = "/api/config";
      const headers = { "if-match": etag };
      const careful = { url, token, signal, timeoutMs: timeoutMs ?? TIMEOUT_MS, headers };
      return parse(configView, await requestJson(careful, "PUT", path, { text }), path);
    },

    entities: <T extends EntityType>(type: T, query: Query<typeof entitiesQuery> = {}) =>
      list<Entity<T>>(entitySchemas[type], entityPath(type), query),
    entity: <T extends EntityType>(type: T, id: string) =>
      send<Entity<T>>(entitySchemas[type], "GET", entityPath(type, id)),
    createEntity: <T extends EntityType>(
      type: T,
      fields: z.input<(typeof entityBodies)[T]["create"]>,
    ) => send<Entity<T>>(entitySchemas[type], "POST", entityPath(type), fields),
    /** The user's own edit: no agent changes these fields again. */
    editEntity: <T extends EntityType>(
      type: T,
      id: string,
      fields: z.input<(typeof entityBodies)[T]["patch"]>,
    ) => send<Entity<T>>(entitySchemas[type], "PATCH", entityPath(type, id), fields),
    /** Why an entity of any type is as it is. */
    explain: (id: string) => send(explainSchema, "GET", toPath("/api/explain/", id)),
    async deleteEntity(type: EntityType, id: string): Promise<void> {
      await request("DELETE", entityPath(type, id));
    },
  };
}

/** Every item of a list, page by page: `for await (const file of all(client.files, { state: "failed" }))`. */
export async function* all<Fields extends Query<typeof listQuery>, Item>(
  readPage: (query: Fields) => Promise<Page<Item>>,
  query: Fields,
): AsyncGenerator<Item, void, undefined> {
  let cursor = query.cursor;
  do {
    const page = await readPage({ ...query, cursor });
    yield* page.items;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}

function parse<Answer>(schema: z.ZodType<Answer>, answer: unknown, path: string): Answer {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw badAnswer(`the answer to ${path} is not what was expected`, result.error);
}

function toPath(before: string, id: string, after = ""): string {
  return before + encodeURIComponent(id) + after;
}

function entityPath(type: EntityType, id?: string): string {
  const path = `/api/${ENTITY_PATHS[type]}`;
  return id === undefined ? path : toPath(`${path}/`, id);
}

function toSearch(query: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? "" : `?${search.toString()}`;
}
