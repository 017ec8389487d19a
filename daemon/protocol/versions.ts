import { z } from "zod";

/** What `version` prints. */
export const versionsSchema = z.object({
  version: z.string().describe("Of Agent Runner."),
  node: z.string().describe("The version of the Node that runs it."),
  node_path: z.string(),
  schema: z.string().describe('The newest database schema that it knows, e.g. "0006".'),
});
export type Versions = z.infer<typeof versionsSchema>;
