import { RunnerError } from "../../core/errors.ts";
import { sessionAnswer, sessionCode, sessionRequest } from "../../protocol/api.ts";
import type { App, Door } from "../door.ts";

export function sessionRoutes(app: App, { sessionCodes, token }: Door): void {
  app.post(
    "/api/session-codes",
    { schema: { response: { 201: sessionCode } } },
    async (_request, reply) => reply.code(201).send({ code: sessionCodes.issue() }),
  );

  app.post(
    "/api/session",
    { schema: { body: sessionRequest, response: { 200: sessionAnswer } } },
    ({ body }) => {
      if (sessionCodes.redeem(body.code)) return { token };
      throw new RunnerError("unauthorized", "the code is unknown, used or older than a minute", {
        hint: "Run `npx --no agent-runner open` again.",
      });
    },
  );
}
