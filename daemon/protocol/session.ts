import { z } from "zod";

export const sessionCode = z.object({
  code: z.string().describe("Single use, for a minute."),
  page_url: z.string().describe("The origin to open in a browser. It is new at every start."),
});
export const sessionRequest = z.strictObject({ code: z.string().describe("From a session code.") });
export const sessionAnswer = z.object({
  token: z.string().describe("Valid until the daemon ends."),
});
