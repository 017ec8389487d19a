import { z } from "zod";
import { agentSchema, modelSchema } from "./agent.ts";
import { backlogSchema } from "./backlog.ts";
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
import { errorSchema } from "./error.ts";
import { fileOutcome, fileSchema, fileState } from "./file.ts";
import { moneySchema, runSchema, runStatus } from "./run.ts";

export const healthQuery = z.strictObject({
  nonce: z.string().min(1).max(200).exactOptional().describe("Asks for the proof."),
});
export const healthSchema = z.object({
  status: z.literal("ok").describe("The daemon answers."),
  version: z.string().describe("The version of the daemon."),
  proof: z
    .string()
    .exactOptional()
    .describe(
      "HMAC-SHA256 of the nonce under the token, hexadecimal: only a daemon with the token can give it.",
    ),
});

export const daemonState = z.enum(["attention", "paused", "working", "idle"]);

/** Something that needs a person, and what to do about it. */
export const statusProblem = z
  .object({
    code: z.string().describe("Stable: decide by it."),
    agent_id: z.string().nullable().describe("The agent with the problem; null: all agents."),
    message: z.string().describe("What is wrong."),
    hint: z.string().nullable().describe("What to do about it."),
    files: z
      .int()
      .positive()
      .exactOptional()
      .describe("How many files wait for this reason; left out: it is not about waiting files."),
    next_attempt_at: z.iso
      .datetime()
      .nullable()
      .exactOptional()
      .describe("When the first of them is tried again; null: now, or once you act."),
  })
  .meta({ id: "StatusProblem", description: "Something that needs a person." });
export type StatusProblem = z.infer<typeof statusProblem>;

/** The most tokens that a request and its reply may have together; null: no language model, or not asked yet. */
export const contextWindow = z
  .object({
    tokens: z.int().positive().describe("Of a request and its reply together."),
    source: z
      .enum(["config", "server", "assumed"])
      .describe("Where the number is from; assumed: neither the config nor the server gives one."),
  })
  .nullable();

/** The model in use, which may differ from the config. */
export const modelStatus = z.object({
  provider: z.string().describe("rules or openai."),
  name: z.string().describe('"rules" is not a language model.'),
  base_url: z.string().nullable().describe("The address of its endpoint; null: no network."),
  reachable: z
    .boolean()
    .nullable()
    .describe("Whether the last request reached it; null: none since the daemon started."),
});
export type ModelStatus = z.infer<typeof modelStatus>;

const paused_until = z.iso
  .datetime()
  .nullable()
  .describe("When the pause ends by itself; null: not paused, or paused until a resume.");

export const agentState = z.enum(["attention", "disabled", "paused", "working", "idle"]);

export const agentStatus = z.object({
  id: z.string().describe("Its id."),
  name: z.string().describe("For people."),
  state: agentState.describe("The first of these that applies."),
  paused_until,
  running_run_id: z.string().nullable().describe("The run in progress; null: none."),
  model: modelStatus.describe("The model it uses."),
  context_window: contextWindow.describe("null: no language model, or not asked yet."),
  backlog: backlogSchema
    .nullable()
    .describe("The files that wait for its model or are being read; null: none."),
  last_run: runSchema.nullable().describe("The newest run that has ended; null: none."),
  next_run_at: z.iso
    .datetime()
    .nullable()
    .describe("The next time of its schedule; null: no schedule."),
});
export type AgentStatus = z.infer<typeof agentStatus>;

export const statusSchema = z
  .object({
    state: daemonState.describe("The first of these that applies."),
    paused_until,
    queue: z
      .object({
        pending: z.int().nonnegative().describe("Files that wait."),
        working: z.int().nonnegative().describe("Files in progress."),
        failed: z.int().nonnegative().describe("Files that failed."),
      })
      .describe("The number of files in each state."),
    model: modelStatus.describe("The model of every agent without its own."),
    budget: z
      .object({
        ...moneySchema.shape,
        spent_tokens: z.int().nonnegative().describe("Tokens today, in and out."),
        requests: z.int().nonnegative().describe("Model requests today."),
        limits: z
          .record(z.string(), z.number())
          .describe("The limits for all agents together, by key."),
        resets_at: z.iso.datetime().describe("The next local midnight."),
      })
      .describe("What was spent today, and the limits."),
    agents: z.array(agentStatus).describe("The configured agents."),
    skipped: z
      .array(
        z.object({
          agent_id: z.string().describe("The agent."),
          reason: z.string().describe("Why they are not read."),
          files: z.int().positive().describe("How many they are."),
        }),
      )
      .describe("The files that are not read, by agent and reason."),
    problems: z.array(statusProblem).describe("Problems that need a person."),
  })
  .meta({ id: "Status", description: "The status of the daemon and its agents." });
export type Status = z.infer<typeof statusSchema>;

/** The parsed agent (secrets hidden) with its status. */
export const agentView = z
  .object({
    ...agentSchema.shape,
    name: z.string().describe("For people."),
    model: modelSchema.describe("The model it uses, with defaults filled in; keys are hidden."),
    ...agentStatus.omit({ id: true, name: true, model: true }).shape,
    reachable: modelStatus.shape.reachable,
  })
  .meta({ id: "Agent", description: "A named configuration with its status." });
export type AgentView = z.infer<typeof agentView>;

export const triggerOptions = z.strictObject({
  force: z.boolean().default(false).describe("Process files again that are done."),
  dry_run: z.boolean().default(false).describe("Only show what the run would do."),
  confirm: z.boolean().default(false).describe("Consent to any number of files."),
  paths: z
    .array(z.string())
    .nullable()
    .default(null)
    .describe("Only these files or directories, as absolute paths."),
  outcome: fileOutcome
    .nullable()
    .default(null)
    .describe("With force: only files that are done with this outcome."),
});
export type TriggerOptions = z.infer<typeof triggerOptions>;

/** The body of an ad-hoc trigger: an agent without id, and the options of a trigger. */
export const adHocTrigger = z.strictObject({
  ...agentSchema.omit({ id: true }).shape,
  model_of: z
    .string()
    .exactOptional()
    .describe("Uses the model of this agent of the config, with its key, instead of model."),
  ...triggerOptions.shape,
});
export type AdHocTrigger = z.infer<typeof adHocTrigger>;

/** A model that agents could use; a field is null if its server does not say. */
export const offeredModel = z
  .object({
    name: z.string().describe("The value for model.name."),
    server: z
      .enum(["ollama", "lm_studio", "llama_cpp", "docker_model_runner"])
      .nullable()
      .describe("null: an endpoint named in the config."),
    base_url: z.string().describe("The value for model.base_url."),
    calls_tools: z.boolean().nullable().describe("Whether it can call tools."),
    context_tokens: z.int().positive().nullable().describe("Its context window now, in tokens."),
    max_context_tokens: z
      .int()
      .positive()
      .nullable()
      .describe("The longest window it was trained for, in tokens."),
    size_bytes: z.number().nonnegative().nullable().describe("Its size on disk."),
    is_loaded: z.boolean().nullable().describe("Whether it is in memory."),
    is_cloud: z.boolean().describe("Its server passes requests on to another machine."),
    price: z
      .object({
        input_usd_per_million: z.number().describe("US dollars for a million tokens sent."),
        output_usd_per_million: z.number().describe("US dollars for a million tokens written."),
      })
      .nullable()
      .describe("null: unknown. A model on this machine has a price only if the config gives one."),
    agent_ids: z.array(z.string()).describe("The agents of the config that use it."),
  })
  .meta({
    id: "Model",
    description: "A model that agents could use; a field is null if its server does not say.",
  });
export type OfferedModel = z.infer<typeof offeredModel>;

export const pauseRequest = z.strictObject({
  minutes: z.number().positive().max(525_600).exactOptional().describe("Left out: until a resume."),
  agent_id: z.string().exactOptional().describe("Left out: all agents."),
});
export type PauseRequest = z.infer<typeof pauseRequest>;
export const resumeRequest = pauseRequest.pick({ agent_id: true });
/** The state after a pause or a resume. */
export const pauseAnswer = z.object({
  paused: z.boolean().describe("Whether the named agent, or else all agents, are paused."),
  paused_until,
});
export type PauseAnswer = z.infer<typeof pauseAnswer>;

export const triggerAnswer = z.object({
  run_id: z.string().describe("The run that was started or confirmed."),
});

export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50).describe("The most items of a page."),
  cursor: z
    .string()
    .optional()
    .describe("next_cursor of the previous page; left out: the first page."),
});
const ofAgent = z.string().exactOptional().describe("Only of this agent.");
export const runsQuery = listQuery.extend({
  agent_id: ofAgent,
  status: runStatus.exactOptional().describe("Only with this status."),
});
export const filesQuery = listQuery.extend({
  agent_id: ofAgent,
  state: fileState.exactOptional().describe("Only in this state."),
  outcome: fileOutcome.exactOptional().describe("Only files that are done, with this outcome."),
  path: z
    .string()
    .exactOptional()
    .describe("An absolute path: a file, or a directory for everything below it."),
  contains: z
    .string()
    .min(1)
    .max(500)
    .exactOptional()
    .describe("Only paths that contain this text; A to Z match a to z."),
});
export const entitiesQuery = listQuery.extend({
  status: z.string().exactOptional().describe("Only with this status."),
  project_id: z.string().exactOptional().describe("Only of this project."),
  file_id: z.string().exactOptional().describe("Only entities from this file."),
  in_file: z
    .stringbool()
    .exactOptional()
    .describe("false: only what is no longer in its file; true: only the rest."),
});
export const verifyQuery = z.strictObject({ agent_id: ofAgent });

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** The schema of a {@link Page} of these. */
export const pageSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item).describe("This page of the list."),
    next_cursor: z
      .string()
      .nullable()
      .describe("The cursor of the next page; null: this is the last page."),
  });

export const attemptSchema = z.object({
  attempt_id: z.string().describe("Its id."),
  run_id: z.string().describe("The run of the attempt."),
  number: z.int().positive().describe("Counts from 1 within the job."),
  started_at: z.iso.datetime().describe("When it began."),
  finished_at: z.iso
    .datetime()
    .nullable()
    .describe("When it ended; null: not yet, or its process died."),
  outcome: z.string().nullable().describe("Its result; null: none yet."),
  error: errorSchema.nullable().describe("The error it ended with; null: none."),
  requests: z
    .array(
      z.object({
        iteration: z.int().nonnegative().describe("Counts from 1 within the job."),
        state: z.string().describe("sent, answered, failed or lost."),
        model: z.string().describe("The model that was asked."),
        sent_at: z.iso.datetime().describe("When it was sent."),
        answered_at: z.iso
          .datetime()
          .nullable()
          .describe("When its reply arrived; null: no reply."),
        reply: z.unknown().describe("The reply; null: no reply, or no longer kept."),
        tool_results: z
          .array(z.string())
          .nullable()
          .describe("The answers of the tools to its calls, in order."),
        input_tokens: z.int().nonnegative().nullable().describe("null: not reported."),
        cached_input_tokens: z.int().nonnegative().nullable().describe("null: not reported."),
        output_tokens: z.int().nonnegative().nullable().describe("null: not reported."),
        cost_usd: z
          .number()
          .nonnegative()
          .nullable()
          .describe("US dollars; null: the price is unknown."),
      }),
    )
    .describe("The part of the conversation that is still kept."),
});

/** One file with the text that the model got and, instead of their number, the attempts. */
export const fileDetail = z.object({
  ...fileSchema.shape,
  text: z.string().nullable().describe("The clean text; null: not extracted, or removed."),
  attempts: z.array(attemptSchema).describe("Every try at its content, oldest first."),
});
export type FileDetail = z.infer<typeof fileDetail>;

/** Each type of entity in a path: `/api/tasks`. */
export const ENTITY_PATHS = { project: "projects", task: "tasks", note: "notes" } as const;

export const entitySchemas: { [T in EntityType]: z.ZodType<Entity<T>> } = {
  project: projectSchema,
  task: taskSchema,
  note: noteSchema,
};

/** Bodies of POST and PATCH for entities: a field that is left out keeps its default or its value. */
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
    .describe("one-run: it belongs to one command and ends with it."),
  upgraded: z
    .object({
      from: z.string().describe("The number of the schema that the journal had."),
      to: z.string(),
      backup: z.string().describe("The journal as it was: an absolute path."),
    })
    .optional()
    .describe("Its start brought an older journal up to this version."),
});
export type DaemonFile = z.infer<typeof daemonFileSchema>;

export const stopAnswer = z.object({
  stopping: z.literal(true).describe("The daemon ends once this answer is sent."),
});
