import { z } from "zod";

/** What `init` wrote. */
export const initializedSchema = z.object({
  config: z.string().describe("The path of config.yaml."),
  created: z.boolean().describe("false: an agent was added to an existing config."),
  replaced: z.string().nullable().describe("Where the earlier config is kept."),
  agent: z.object({ id: z.string(), name: z.string(), directories: z.array(z.string()) }),
  model: z
    .object({ provider: z.string(), name: z.string(), base_url: z.string().nullable() })
    .nullable()
    .describe("null: the model that the config had."),
  is_remote: z.boolean().describe("Whether file content goes to another machine."),
  key: z
    .object({
      variable: z.string(),
      set_in: z
        .enum(["environment", "secrets"])
        .nullable()
        .describe("environment: where `init` ran. secrets: secrets.env. null: it is not set."),
      secrets_file: z.string().describe("The path of secrets.env."),
    })
    .nullable()
    .describe("Where the model's API key comes from; null: it needs none."),
  daemon_running: z.boolean(),
});
export type Initialized = z.infer<typeof initializedSchema>;
