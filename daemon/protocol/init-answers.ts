import { z } from "zod";

/** The answers to an `init` that did not come to its end. The next one offers them. */
export const initAnswersSchema = z.object({
  directory: z.string().exactOptional(),
  /** `config`: the config's model. `rules`: the built-in rules. Otherwise the base URL of an endpoint. */
  reader: z.string().exactOptional(),
  /** The name of the model at that endpoint. */
  model: z.string().exactOptional(),
});
export type InitAnswers = z.infer<typeof initAnswersSchema>;
