import { z } from "zod";
import { MOST_TOKENS, MOST_USD_PER_MILLION } from "./plausible.ts";

/** The model for "no model": deterministic rules, no network. */
export const RULES = "rules";

/** The model for new users: what OpenAI recommends in place of gpt-4.1, which leaves its API on 2027-01-14. */
export const LASTING_MODEL = "gpt-6-luna";

/** To whom what is in a directory may be sent; `daemon/core/sends.ts` decides. */
export const sendsSchema = z.union([
  z.enum(["any", "loopback", "never"]),
  z.array(z.string().min(1).max(300)).min(1),
]);

export const fallbackSchema = z.literal(RULES);

const usdPerMillion = z.number().nonnegative().max(MOST_USD_PER_MILLION);

const price = z
  .strictObject({
    input_usd_per_million: usdPerMillion.describe("Tokens sent."),
    cached_input_usd_per_million: usdPerMillion
      .optional()
      .describe("Sent tokens that the endpoint had cached; left out: the price of input."),
    output_usd_per_million: usdPerMillion.describe("Tokens written by the model."),
  })
  .describe("What a million tokens cost, in US dollars.");

const modelShape = {
  provider: z
    .enum([RULES, "openai"])
    .describe(
      "rules: built-in rules, no model, no network. openai: any OpenAI-compatible endpoint.",
    ),
  base_url: z.string().min(1).describe("Where the endpoint is, up to and with /v1. Takes ${NAME}."),
  name: z.string().min(1).describe("The model's name at that endpoint."),
  api_key: z.string().nullable().describe("Sent to base_url and nowhere else. Takes ${NAME}."),
  api: z
    .enum(["auto", "chat", "responses"])
    .describe(
      "Which of the endpoint's APIs to speak; auto: the one that it serves the model over.",
    ),
  reasoning_effort: z
    .enum(["none", "minimal", "low", "medium", "high"])
    .nullable()
    .describe("How long the model thinks before it answers; null: as it does by itself."),
  headers: z.record(z.string(), z.string()).describe("More request headers. Values take ${NAME}."),
  context_tokens: z
    .int()
    .positive()
    .max(MOST_TOKENS)
    .nullable()
    .describe("The model's context window in tokens; null: ask the server, else assume."),
  calls: z
    .enum(["tools", "json_schema"])
    .describe("json_schema: for a server that keeps replies to a schema and knows no tools."),
  force_model: z
    .boolean()
    .describe("true: use a model although its server says that it cannot call tools."),
  timeout_seconds: z.number().positive().describe("For one request, all of it."),
  concurrency: z.int().min(1).max(64).describe("Files in the model loop at the same time."),
  hours: z
    .string()
    .nullable()
    .describe(
      'The local hours of work in the background, such as "22:00-07:00"; null: at any time.',
    ),
  price: price.nullable().describe("null: the known price, else unknown."),
};

/** The `model` section of the config, with its defaults. */
export const modelSchema = z.strictObject({
  provider: modelShape.provider.default(RULES),
  base_url: modelShape.base_url.default("https://api.openai.com/v1"),
  name: modelShape.name.default("gpt-4.1"),
  api_key: modelShape.api_key.default("${OPENAI_API_KEY}"),
  api: modelShape.api.default("auto"),
  reasoning_effort: modelShape.reasoning_effort.default(null),
  headers: modelShape.headers.default({}),
  context_tokens: modelShape.context_tokens.default(null),
  calls: modelShape.calls.default("tools"),
  force_model: modelShape.force_model.default(false),
  timeout_seconds: modelShape.timeout_seconds.default(120),
  concurrency: modelShape.concurrency.default(1),
  hours: modelShape.hours.default(null),
  price: modelShape.price.default(null),
});

const limit = z.number().nonnegative();

export const budgetSchema = z.strictObject({
  requests_per_day: limit.int().optional().describe("Model requests in a local day."),
  tokens_per_day: limit.int().optional().describe("Tokens, in and out, in a local day."),
  usd_per_day: limit.optional().describe("US dollars in a local day."),
});

export type Budget = z.output<typeof budgetSchema>;

export const directorySchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe("A directory to read files from. ~ is your home; takes ${NAME}."),
  max_depth: z.int().min(0).default(5).describe("0: only files directly in it."),
  include: z.array(z.string()).default([]).describe("Globs relative to path; empty: all files."),
  exclude: z.array(z.string()).default([]).describe("Globs relative to path."),
  watch: z
    .union([z.boolean(), z.literal("poll")])
    .default(true)
    .describe("true, false, or poll (network shares)."),
  // Without a default, so that agents in homes in use stay as they are stored.
  sends: sendsSchema
    .exactOptional()
    .describe(
      "To whom what is in this directory, and what came from it, may be sent: any, loopback, never, or a list of hosts. Left out: as the top level says.",
    ),
  fallback: fallbackSchema
    .exactOptional()
    .describe(
      "rules: files that may not be sent to the agent's model are read by the built-in rules. Left out: as the top level says.",
    ),
});

/** One agent as written in the config, or complete in the body of an ad-hoc trigger. */
export const agentSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9-]+$/, "expected lower-case letters, digits and hyphens")
    .describe("Names the agent everywhere: lower-case letters, digits, hyphens."),
  name: z.string().min(1).optional().describe("For people; the id where it is left out."),
  enabled: z.boolean().default(true).describe("false: keeps everything and does nothing."),
  directories: z
    .array(directorySchema)
    .min(1)
    .describe("Where its files are; of directories inside each other the deepest wins."),
  extensions: z.array(z.string()).default([]).describe("Empty: every format that can be read."),
  modified_after: z.iso.date().nullable().default(null).describe("Inclusive, local midnight."),
  max_file_bytes: z
    .int()
    .positive()
    .default(50_000_000)
    .describe("Larger files are skipped: too_large."),
  settle_seconds: z
    .number()
    .nonnegative()
    .default(2)
    .describe("Quiet time before a new file is taken."),
  resettle_seconds: z
    .number()
    .nonnegative()
    .default(30)
    .describe("Quiet time before a file that was done is taken again."),
  schedule: z.string().nullable().default(null).describe("A cron pattern."),
  timezone: z.string().nullable().default(null).describe("IANA name; null: the system's."),
  instructions: z.string().default("").describe("What this agent should look for, in your words."),
  tools: z.array(z.string()).default([]).describe("Empty: all tools."),
  model: z
    .strictObject(modelShape)
    .partial()
    .nullable()
    .default(null)
    .describe("Any keys of model, for this agent."),
  max_iterations: z.int().min(1).max(50).default(12).describe("Model requests per file."),
  max_changes_per_file: z
    .int()
    .min(1)
    .max(1000)
    .default(50)
    .describe("Notes, tasks and projects that one file may create or update."),
  on_recipe_change: z
    .enum(["new_only", "all"])
    .default("new_only")
    .describe("After instructions, model or tools changed: only new files, or all files again."),
  confirm_above_files: z
    .int()
    .nonnegative()
    .default(200)
    .describe(
      "A first meeting with more files than this waits for confirm: on a remote endpoint, and under the rules if they would make more than 500 notes, tasks and projects.",
    ),
  approval: z
    .enum(["auto", "review"])
    .default("auto")
    .describe(
      "review: changes wait until you approve them. Not supported yet: such an agent waits, and writes nothing.",
    ),
  on_delete: z
    .enum(["keep", "retire"])
    .default("keep")
    .describe("What happens to entities whose last source file is deleted."),
  // Without a default, so that agents in homes in use stay as they are stored.
  on_drop: z
    .enum(["mark", "retire"])
    .exactOptional()
    .describe(
      "What happens to entities that their files no longer contain: mark lists them so, retire also archives or cancels them. Left out: mark.",
    ),
  conflict_copies: z
    .enum(["skip", "read"])
    .exactOptional()
    .describe(
      "What happens to a conflict copy that a sync program left beside its original, with another text. Left out: skip.",
    ),
  budget: z
    .strictObject({
      ...budgetSchema.shape,
      requests_per_run: limit.int().optional().describe("Model requests in one run."),
      tokens_per_run: limit.int().optional().describe("Tokens, in and out, in one run."),
      usd_per_run: limit.optional().describe("US dollars in one run."),
    })
    .default({})
    .describe("Limits of this agent, within the limits of all agents together."),
});

/** An agent as it is written. */
export type AgentConfig = z.output<typeof agentSchema>;

/** A model endpoint with everything filled in; `api_key` and `headers` hold the real secrets. */
export type ModelSettings = z.output<typeof modelSchema>;

export type Directory = z.output<typeof directorySchema>;

/** An agent ready to work: real absolute paths, its own model filled in. */
export interface Agent extends Omit<AgentConfig, "model" | "name"> {
  name: string;
  model: ModelSettings;
}
