import { z } from "zod";

/** The endpoints that want no request for some time, as the journal keeps them, by account. */
export const endpointHolds = z.record(
  z.string(),
  z.object({
    place: z.string().describe("Scheme, host and port."),
    code: z.string().describe("The code of the error that asked for it."),
    since: z.number().describe("Milliseconds since 1970."),
    until: z.number().describe("Milliseconds since 1970."),
  }),
);
export type EndpointHold = z.output<typeof endpointHolds>[string];
