import { z } from "zod";

/** What `init` wrote. */
export const initializedSchema = z.object({
  config: z.string().describe("The path of config.yaml."),
  created: z.boolean().describe("false: an agent was added to one that was there."),
  replaced: z.string().nullable().describe("Where the config that was there before is kept."),
  agent: z.object({ id: z.string(), name: z.string(), directories: z.array(z.string()) }),
  model: z
    .object({ provider: z.string(), name: z.string(), base_url: z.string().nullable() })
    .nullable()
    .describe("null: the one that the config had."),
  is_remote: z.boolean().describe("What is read goes to another machine."),
  daemon_running: z.boolean(),
});
export type Initialized = z.infer<typeof initializedSchema>;
