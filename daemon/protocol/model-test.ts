import { z } from "zod";

/** What one small request to a model showed. */
export const modelTest = z
  .object({
    agent_id: z.string().describe("The agent whose model was asked."),
    model: z.string().describe("The name of the model."),
    base_url: z.string().describe("The address of its endpoint."),
    calls_tools: z.boolean().describe("Whether it called the tool that it was asked to call."),
    input_tokens: z.int().nonnegative().nullable().describe("null: not reported."),
    output_tokens: z.int().nonnegative().nullable().describe("null: not reported."),
    cost_usd: z.number().nonnegative().nullable().describe("US dollars; null: not known."),
  })
  .meta({ id: "ModelTest", description: "What one small request to a model showed." });
export type ModelTest = z.infer<typeof modelTest>;
