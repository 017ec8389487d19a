import { z } from "zod";
import { agentSchema, modelSchema } from "./agent.ts";
import {
  type Entity,
  type EntityType,
  noteFields,
  noteSchema,
  projectFields,
  projectSchema,
  taskFields,
  taskSchema,
} from "./entity.ts";
import { fileError, fileSchema, fileState } from "./file.ts";
import { runSchema, runStatus } from "./run.ts";

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  hint: z.string().nullable(),
});
/** An error as `application/problem+json`; facts of the error (`run_id` …) stand beside these. */
export type Problem = z.infer<typeof problemSchema>;

export const healthQuery = z.strictObject({ nonce: z.string().min(1).max(200).exactOptional() });
export const healthSchema = z.object({
  status: z.literal("ok"),
  version: z.string(),
  proof: z
    .string()
    .exactOptional()
    .describe(
      "HMAC-SHA256 of the nonce under the token, hexadecimal: whoever gives it has the token.",
    ),
});

export const daemonState = z.enum(["attention", "paused", "working", "idle"]);

/** Something that needs a person, and what to do about it. */
export const statusProblem = z.object({
  code: z.string(),
  agent_id: z.string().nullable(),
  message: z.string(),
  hint: z.string().nullable(),
});
export type StatusProblem = z.infer<typeof statusProblem>;

/** How many tokens a request and its reply may have together; null: no language model, or not asked yet. */
export const contextWindow = z
  .object({
    tokens: z.int().positive(),
    source: z
      .enum(["config", "server", "assumed"])
      .describe("assumed: neither the config nor the server says."),
  })
  .nullable();

/** The model as it is asked: not what the config says of it, but how it is. */
export const modelStatus = z.object({
  provider: z.string(),
  name: z.string().describe('"rules" is not a language model.'),
  base_url: z.string().nullable(),
  reachable: z.boolean().nullable().describe("null: not asked since the daemon started."),
});
export type ModelStatus = z.infer<typeof modelStatus>;

export const agentState = z.enum(["attention", "disabled", "paused", "working", "idle"]);

export const agentStatus = z.object({
  id: z.string(),
  name: z.string(),
  state: agentState,
  paused_until: z.iso.datetime().nullable(),
  running_run_id: z.string().nullable(),
  model: modelStatus,
  context_window: contextWindow,
  last_run: runSchema.nullable(),
  next_run_at: z.iso.datetime().nullable(),
});
export type AgentStatus = z.infer<typeof agentStatus>;

export const statusSchema = z.object({
  state: daemonState.describe("The first that holds."),
  paused_until: z.iso.datetime().nullable(),
  queue: z.object({
    pending: z.int().nonnegative(),
    working: z.int().nonnegative(),
    failed: z.int().nonnegative(),
  }),
  model: modelStatus.describe("The one of every agent that names no other."),
  budget: z.object({
    spent_usd: z
      .number()
      .nonnegative()
      .nullable()
      .describe("Today; null: some price is not known."),
    spent_tokens: z.int().nonnegative(),
    requests: z.int().nonnegative(),
    limits: z.record(z.string(), z.number()),
    resets_at: z.iso.datetime(),
  }),
  agents: z.array(agentStatus),
  problems: z.array(statusProblem),
});
export type Status = z.infer<typeof statusSchema>;

/** The parsed agent (secrets hidden) plus what status says of it. */
export const agentView = z.object({
  ...agentSchema.shape,
  name: z.string(),
  model: modelSchema,
  ...agentStatus.omit({ id: true, name: true, model: true }).shape,
  reachable: modelStatus.shape.reachable,
});
export type AgentView = z.infer<typeof agentView>;

export const triggerOptions = z.strictObject({
  force: z.boolean().default(false).describe("Send files that are done again."),
  dry_run: z.boolean().default(false),
  confirm: z.boolean().default(false).describe("Consents to however many files there are."),
  paths: z
    .array(z.string())
    .nullable()
    .default(null)
    .describe("Only these files or directories; absolute."),
});
export type TriggerOptions = z.infer<typeof triggerOptions>;

/** The body of an ad-hoc trigger: an agent without id, and the trigger's options beside it. */
export const adHocTrigger = z.strictObject({
  ...agentSchema.omit({ id: true }).shape,
  ...triggerOptions.shape,
});
export type AdHocTrigger = z.infer<typeof adHocTrigger>;

/** What the files that wait would cost. Tokens are estimated from the files' sizes. */
export const estimateSchema = z.object({
  files: z.int().nonnegative(),
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
  cost_usd: z.number().nonnegative().nullable().describe("null: the price is not known."),
});
export type Estimate = z.infer<typeof estimateSchema>;

/** A model that could be asked; null where its server does not say. */
export const offeredModel = z.object({
  name: z.string().describe("What model.name would be."),
  server: z
    .enum(["ollama", "lm_studio", "llama_cpp", "docker_model_runner"])
    .nullable()
    .describe("null: an endpoint that the config names."),
  base_url: z.string().describe("What model.base_url would be."),
  calls_tools: z.boolean().nullable(),
  context_tokens: z.int().positive().nullable().describe("The window it has now."),
  max_context_tokens: z.int().positive().nullable().describe("What it was trained for."),
  size_bytes: z.number().nonnegative().nullable(),
  is_loaded: z.boolean().nullable(),
  is_cloud: z.boolean().describe("Its server passes requests on to another machine."),
  agent_ids: z.array(z.string()).describe("The agents of the config that ask it."),
});
export type OfferedModel = z.infer<typeof offeredModel>;

export const pauseRequest = z.strictObject({
  minutes: z
    .number()
    .positive()
    .max(525_600)
    .exactOptional()
    .describe("Left out: until it is resumed."),
  agent_id: z.string().exactOptional().describe("Left out: all agents."),
});
export type PauseRequest = z.infer<typeof pauseRequest>;
export const resumeRequest = pauseRequest.pick({ agent_id: true });
/** How it stands after a pause or a resume. */
export const pauseAnswer = z.object({
  paused: z.boolean().describe("Of the agent that was named, else of all."),
  paused_until: z.iso.datetime().nullable(),
});
export type PauseAnswer = z.infer<typeof pauseAnswer>;

export const triggerAnswer = z.object({ run_id: z.string() });

export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional(),
});
export const runsQuery = listQuery.extend({
  agent_id: z.string().exactOptional(),
  status: runStatus.exactOptional(),
});
export const filesQuery = listQuery.extend({
  agent_id: z.string().exactOptional(),
  state: fileState.exactOptional(),
  path: z.string().exactOptional().describe("A file, or a directory for all below it; absolute."),
});
export const entitiesQuery = listQuery.extend({
  status: z.string().exactOptional(),
  project_id: z.string().exactOptional(),
  file_id: z.string().exactOptional().describe("Only what rests on this file."),
});
export const verifyQuery = z.strictObject({ agent_id: z.string().exactOptional() });

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** The schema of a {@link Page} of these. */
export const pageSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() });

export const attemptSchema = z.object({
  attempt_id: z.string(),
  run_id: z.string(),
  number: z.int().positive(),
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
  outcome: z.string().nullable(),
  error: fileError.nullable(),
  requests: z
    .array(
      z.object({
        iteration: z.int().nonnegative(),
        state: z.string(),
        model: z.string(),
        sent_at: z.iso.datetime(),
        answered_at: z.iso.datetime().nullable(),
        reply: z.unknown(),
        tool_results: z.array(z.string()).nullable(),
        input_tokens: z.int().nonnegative().nullable(),
        cached_input_tokens: z.int().nonnegative().nullable(),
        output_tokens: z.int().nonnegative().nullable(),
        cost_usd: z.number().nonnegative().nullable(),
      }),
    )
    .describe("The conversation, as far as it is still kept."),
});

/** One file with what the model was given of it and, in place of their number, its attempts. */
export const fileDetail = z.object({
  ...fileSchema.shape,
  text: z.string().nullable().describe("The clean text; null: not extracted, or removed."),
  attempts: z.array(attemptSchema),
});
export type FileDetail = z.infer<typeof fileDetail>;

export const directoryCoverage = z.object({
  agent_id: z.string(),
  path: z.string(),
  online: z.boolean(),
  on_disk: z.int().nonnegative().describe("The sum of the rest."),
  done: z.int().nonnegative(),
  pending: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  skipped: z.int().nonnegative(),
  unaccounted: z.array(z.string()),
  ignored: z
    .array(z.object({ path: z.string(), reason: z.string() }))
    .describe("Directories that are not read, with the reason."),
});
export const verifySchema = z.object({
  complete: z.boolean().describe("Every file under every directory is accounted for."),
  directories: z.array(directoryCoverage),
});
export type DirectoryCoverage = z.infer<typeof directoryCoverage>;
export type Verify = z.infer<typeof verifySchema>;

/** What each type of entity is called in a path: `/api/tasks`. */
export const ENTITY_PATHS = { project: "projects", task: "tasks", note: "notes" } as const;

export const entitySchemas: { [T in EntityType]: z.ZodType<Entity<T>> } = {
  project: projectSchema,
  task: taskSchema,
  note: noteSchema,
};

/** Bodies of POST and PATCH for entities: what is left out keeps its default or its value. */
export const entityBodies = {
  project: {
    create: projectFields.exactPartial().required({ name: true }),
    patch: projectFields.exactPartial(),
  },
  task: {
    create: taskFields.exactPartial().required({ title: true }),
    patch: taskFields.exactPartial(),
  },
  note: {
    create: noteFields.exactPartial().required({ title: true }),
    patch: noteFields.exactPartial(),
  },
} as const;

/** What `daemon.json` holds while a daemon runs. */
export const daemonFileSchema = z.object({
  pid: z.int(),
  url: z.string(),
  token: z.string(),
  version: z.string(),
  started_at: z.iso.datetime(),
  mode: z
    .enum(["daemon", "one-run"])
    .default("daemon")
    .describe("one-run: it belongs to one command and ends with that."),
});
export type DaemonFile = z.infer<typeof daemonFileSchema>;

export const stopAnswer = z.object({ stopping: z.literal(true) });

export const sessionCode = z.object({
  code: z.string().describe("Single use, for a minute."),
});
export const sessionRequest = z.strictObject({ code: z.string() });
export const sessionAnswer = z.object({ token: z.string() });
