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
import { errorSchema } from "./error.ts";
import { fileSchema, fileState } from "./file.ts";
import { runSchema, runStatus } from "./run.ts";

export const problemSchema = z
  .object({
    type: z.string().describe("about:blank: `code` is what to decide by."),
    title: z.string().describe("The phrase of the status."),
    status: z.int().describe("The HTTP status."),
    code: z.string().describe("Stable: what to decide by."),
    detail: z.string().describe("What is wrong, with the value and what was expected."),
    hint: z.string().nullable().describe("What to do about it."),
  })
  .meta({ id: "Problem", description: "An error (RFC 9457); facts of it stand beside these." });
/** An error as `application/problem+json`; facts of the error (`run_id` …) stand beside these. */
export type Problem = z.infer<typeof problemSchema>;

export const healthQuery = z.strictObject({
  nonce: z.string().min(1).max(200).exactOptional().describe("Asks for the proof."),
});
export const healthSchema = z.object({
  status: z.literal("ok").describe("It answers."),
  version: z.string().describe("Of the daemon."),
  proof: z
    .string()
    .exactOptional()
    .describe(
      "HMAC-SHA256 of the nonce under the token, hexadecimal: whoever gives it has the token.",
    ),
});

export const daemonState = z.enum(["attention", "paused", "working", "idle"]);

/** Something that needs a person, and what to do about it. */
export const statusProblem = z
  .object({
    code: z.string().describe("Stable: what to decide by."),
    agent_id: z.string().nullable().describe("Whose problem it is; null: of all."),
    message: z.string().describe("What is wrong."),
    hint: z.string().nullable().describe("What to do about it."),
  })
  .meta({ id: "StatusProblem", description: "Something that needs a person." });
export type StatusProblem = z.infer<typeof statusProblem>;

/** How many tokens a request and its reply may have together; null: no language model, or not asked yet. */
export const contextWindow = z
  .object({
    tokens: z.int().positive().describe("Of a request and its reply together."),
    source: z
      .enum(["config", "server", "assumed"])
      .describe("assumed: neither the config nor the server says."),
  })
  .nullable();

/** The model as it is asked: not what the config says of it, but how it is. */
export const modelStatus = z.object({
  provider: z.string().describe("rules or openai."),
  name: z.string().describe('"rules" is not a language model.'),
  base_url: z.string().nullable().describe("Where it is asked; null: nowhere."),
  reachable: z.boolean().nullable().describe("null: not asked since the daemon started."),
});
export type ModelStatus = z.infer<typeof modelStatus>;

const paused_until = z.iso
  .datetime()
  .nullable()
  .describe("When a pause ends by itself; null: not paused, or until it is resumed.");

export const agentState = z.enum(["attention", "disabled", "paused", "working", "idle"]);

export const agentStatus = z.object({
  id: z.string().describe("Its id."),
  name: z.string().describe("For people."),
  state: agentState.describe("The first that holds."),
  paused_until,
  running_run_id: z.string().nullable().describe("The run that is under way; null: none."),
  model: modelStatus.describe("The model it asks."),
  context_window: contextWindow.describe("null: no language model, or not asked yet."),
  last_run: runSchema.nullable().describe("The newest run that ended; null: none."),
  next_run_at: z.iso.datetime().nullable().describe("When its schedule comes next; null: none."),
});
export type AgentStatus = z.infer<typeof agentStatus>;

export const statusSchema = z
  .object({
    state: daemonState.describe("The first that holds."),
    paused_until,
    queue: z
      .object({
        pending: z.int().nonnegative().describe("Files that wait."),
        working: z.int().nonnegative().describe("Files that are worked on."),
        failed: z.int().nonnegative().describe("Files that failed."),
      })
      .describe("How many files stand where."),
    model: modelStatus.describe("The one of every agent that names no other."),
    budget: z
      .object({
        spent_usd: z
          .number()
          .nonnegative()
          .nullable()
          .describe("Today; null: some price is not known."),
        spent_tokens: z.int().nonnegative().describe("Today, in and out."),
        requests: z.int().nonnegative().describe("Model requests today."),
        limits: z.record(z.string(), z.number()).describe("Those of all agents together, by key."),
        resets_at: z.iso.datetime().describe("The next local midnight."),
      })
      .describe("What was spent today, and what may be."),
    agents: z.array(agentStatus).describe("The configured agents."),
    problems: z.array(statusProblem).describe("What needs a person."),
  })
  .meta({ id: "Status", description: "How the daemon and its agents stand." });
export type Status = z.infer<typeof statusSchema>;

/** The parsed agent (secrets hidden) plus what status says of it. */
export const agentView = z
  .object({
    ...agentSchema.shape,
    name: z.string().describe("For people."),
    model: modelSchema.describe("The model it asks, filled in; keys are hidden."),
    ...agentStatus.omit({ id: true, name: true, model: true }).shape,
    reachable: modelStatus.shape.reachable,
  })
  .meta({ id: "Agent", description: "A named configuration, and how it stands." });
export type AgentView = z.infer<typeof agentView>;

export const triggerOptions = z.strictObject({
  force: z.boolean().default(false).describe("Send files that are done again."),
  dry_run: z.boolean().default(false).describe("Only show what it would do."),
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
  model_of: z
    .string()
    .exactOptional()
    .describe("Asks the model of this agent of the config, with its key; in the place of model."),
  ...triggerOptions.shape,
});
export type AdHocTrigger = z.infer<typeof adHocTrigger>;

export const estimateQuery = z.object({
  force: z
    .stringbool()
    .default(false)
    .describe("Of all that a forced run would send, instead of what waits for consent."),
});
export type EstimateQuery = z.infer<typeof estimateQuery>;

/** What the files that wait would cost. Tokens are estimated from the files' sizes. */
export const estimateSchema = z.object({
  files: z.int().nonnegative().describe("Files that would be sent."),
  input_tokens: z.int().nonnegative().describe("Tokens to be sent."),
  output_tokens: z.int().nonnegative().describe("Tokens to be written."),
  cost_usd: z.number().nonnegative().nullable().describe("null: the price is not known."),
});
export type Estimate = z.infer<typeof estimateSchema>;

/** A model that could be asked; null where its server does not say. */
export const offeredModel = z
  .object({
    name: z.string().describe("What model.name would be."),
    server: z
      .enum(["ollama", "lm_studio", "llama_cpp", "docker_model_runner"])
      .nullable()
      .describe("null: an endpoint that the config names."),
    base_url: z.string().describe("What model.base_url would be."),
    calls_tools: z.boolean().nullable().describe("Whether it can call tools."),
    context_tokens: z.int().positive().nullable().describe("The window it has now."),
    max_context_tokens: z.int().positive().nullable().describe("What it was trained for."),
    size_bytes: z.number().nonnegative().nullable().describe("On the disk."),
    is_loaded: z.boolean().nullable().describe("Whether it is in memory."),
    is_cloud: z.boolean().describe("Its server passes requests on to another machine."),
    price: z
      .object({
        input_usd_per_million: z.number().describe("What a million tokens sent cost."),
        output_usd_per_million: z.number().describe("What a million tokens written cost."),
      })
      .nullable()
      .describe("null: not known. What runs on this machine has none unless the config says."),
    agent_ids: z.array(z.string()).describe("The agents of the config that ask it."),
  })
  .meta({
    id: "Model",
    description: "A model that could be asked; null where its server does not say.",
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
  paused_until,
});
export type PauseAnswer = z.infer<typeof pauseAnswer>;

export const triggerAnswer = z.object({ run_id: z.string().describe("The run that does it.") });

export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50).describe("Items of a page."),
  cursor: z.string().optional().describe("next_cursor of the page before; left out: the first."),
});
const ofAgent = z.string().exactOptional().describe("Only of this agent.");
export const runsQuery = listQuery.extend({
  agent_id: ofAgent,
  status: runStatus.exactOptional().describe("Only with this status."),
});
export const filesQuery = listQuery.extend({
  agent_id: ofAgent,
  state: fileState.exactOptional().describe("Only in this state."),
  path: z.string().exactOptional().describe("A file, or a directory for all below it; absolute."),
  contains: z
    .string()
    .min(1)
    .max(500)
    .exactOptional()
    .describe("Only paths in which this stands; A to Z count as a to z."),
});
export const entitiesQuery = listQuery.extend({
  status: z.string().exactOptional().describe("Only with this status."),
  project_id: z.string().exactOptional().describe("Only of this project."),
  file_id: z.string().exactOptional().describe("Only what rests on this file."),
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
    next_cursor: z.string().nullable().describe("cursor of the next page; null: this is the last."),
  });

export const attemptSchema = z.object({
  attempt_id: z.string().describe("Its id."),
  run_id: z.string().describe("The run it was made in."),
  number: z.int().positive().describe("Counts from 1 within the job."),
  started_at: z.iso.datetime().describe("When it began."),
  finished_at: z.iso.datetime().nullable().describe("When it ended; null: not yet, or it died."),
  outcome: z.string().nullable().describe("What came of it; null: nothing yet."),
  error: errorSchema.nullable().describe("What it met; null: nothing."),
  requests: z
    .array(
      z.object({
        iteration: z.int().nonnegative().describe("Counts from 1 within the job."),
        state: z.string().describe("sent, answered, failed or lost."),
        model: z.string().describe("The model that was asked."),
        sent_at: z.iso.datetime().describe("When it was sent."),
        answered_at: z.iso.datetime().nullable().describe("When its reply came; null: none."),
        reply: z.unknown().describe("The reply; null: none, or no longer kept."),
        tool_results: z
          .array(z.string())
          .nullable()
          .describe("What the tools answered to its calls, in their order."),
        input_tokens: z.int().nonnegative().nullable().describe("null: not reported."),
        cached_input_tokens: z.int().nonnegative().nullable().describe("null: not reported."),
        output_tokens: z.int().nonnegative().nullable().describe("null: not reported."),
        cost_usd: z.number().nonnegative().nullable().describe("null: the price is not known."),
      }),
    )
    .describe("The conversation, as far as it is still kept."),
});

/** One file with what the model was given of it and, in place of their number, its attempts. */
export const fileDetail = z.object({
  ...fileSchema.shape,
  text: z.string().nullable().describe("The clean text; null: not extracted, or removed."),
  attempts: z.array(attemptSchema).describe("Every try at its content, oldest first."),
});
export type FileDetail = z.infer<typeof fileDetail>;

export const directoryCoverage = z.object({
  agent_id: z.string().describe("The agent that watches it."),
  path: z.string().describe("Where it is, absolute."),
  online: z.boolean().describe("Whether it could be read."),
  on_disk: z.int().nonnegative().describe("The sum of the rest."),
  done: z.int().nonnegative().describe("Files that are done."),
  pending: z.int().nonnegative().describe("Files that wait, or are worked on."),
  failed: z.int().nonnegative().describe("Files that failed."),
  skipped: z.int().nonnegative().describe("Files that are not read."),
  unaccounted: z.array(z.string()).describe("Paths that nothing is known of."),
  ignored: z
    .array(
      z.object({
        path: z.string().describe("Where it is."),
        reason: z.string().describe("Why it is not read."),
      }),
    )
    .describe("Directories that are not read, with the reason."),
});
export const verifySchema = z.object({
  complete: z.boolean().describe("Every file under every directory is accounted for."),
  directories: z.array(directoryCoverage).describe("Each directory of each agent."),
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
  stopping: z.literal(true).describe("It ends once this is sent."),
});

export const sessionCode = z.object({
  code: z.string().describe("Single use, for a minute."),
});
export const sessionRequest = z.strictObject({ code: z.string().describe("From a session code.") });
export const sessionAnswer = z.object({
  token: z.string().describe("Lets in until the daemon ends."),
});
