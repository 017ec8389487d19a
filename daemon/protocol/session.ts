import { z } from "zod";

export const sessionCode = z.object({
  code: z.string().describe("Single use, for a minute."),
});
export const sessionRequest = z.strictObject({ code: z.string().describe("From a session code.") });
export const sessionAnswer = z.object({
  token: z.string().describe("Valid until the daemon ends."),
});
