import { z } from "zod";
import { listQuery } from "./api.ts";
import { AT, FILE_ID, PATH } from "./example.ts";

export const sentQuery = listQuery.extend({
  agent_id: z.string().exactOptional().describe("Only of this agent."),
  host: z.string().exactOptional().describe("Only to this host, as the list has it."),
});

const bytes = z.int().nonnegative().nullable();

/** One request whose bytes left the daemon. */
export const sentRequest = z
  .object({
    sent_at: z.iso.datetime().describe("When it was sent."),
    agent_id: z.string().describe("The agent that sent it."),
    file_id: z
      .string()
      .nullable()
      .describe(
        "The file that it is about; null: none, as of a test of a model, or sent by a version that did not keep that.",
      ),
    path: z
      .string()
      .nullable()
      .describe("Where that file was then; null: no file, not kept, or forgotten since."),
    host: z
      .string()
      .nullable()
      .describe("Where it went, with the port; null: sent by a version that did not keep that."),
    loopback: z.boolean().nullable().describe("Whether that is this machine; null: not kept."),
    model: z.string().describe("The model that was asked."),
    bytes: bytes.describe("The length of its body; null: not kept."),
    input_tokens: bytes.describe("As the endpoint counted them; null: not reported."),
    output_tokens: bytes.describe("As the endpoint counted them; null: not reported."),
    cost_usd: z.number().nonnegative().nullable().describe("US dollars; null: not known."),
    outcome: z
      .string()
      .describe(
        "answered, sent (no answer yet), lost (the daemon ended before), or an error's code.",
      ),
  })
  .meta({
    id: "SentRequest",
    description: "A request whose bytes left the daemon, also to this machine.",
    examples: [
      {
        sent_at: AT,
        agent_id: "inbox",
        file_id: FILE_ID,
        path: PATH,
        host: "api.openai.com",
        loopback: false,
        model: "gpt-4.1",
        bytes: 9_412,
        input_tokens: 2_214,
        output_tokens: 180,
        cost_usd: 0.0059,
        outcome: "answered",
      },
    ],
  });
export type SentRequest = z.infer<typeof sentRequest>;
