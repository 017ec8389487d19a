import { verifyQuery } from "../../protocol/api.ts";
import { verifySchema } from "../../protocol/verify.ts";
import type { App, Door } from "../door.ts";

export function verifyRoutes(app: App, { control }: Door): void {
  app.get(
    "/api/verify",
    {
      schema: {
        about: {
          id: "verify",
          tag: "files",
          summary: "Check the journal against the disk",
          codes: ["agent_not_found"],
        },
        querystring: verifyQuery,
        response: { 200: verifySchema },
      },
    },
    ({ query }) => control.verify(query.agent_id),
  );
}
