import { RunnerError } from "../../core/errors.ts";
import { sessionAnswer, sessionCode, sessionRequest } from "../../protocol/session.ts";
import type { App, Door } from "../door.ts";
import { CALL } from "../../core/call.ts";

export function sessionRoutes(app: App, { sessionCodes, token, pageUrl }: Door): void {
  app.post(
    "/api/session-codes",
    {
      schema: {
        about: {
          id: "createSessionCode",
          tag: "daemon",
          summary: "Create a code that opens the page once",
        },
        response: { 201: sessionCode },
      },
    },
    async (_request, reply) =>
      reply.code(201).send({ code: sessionCodes.issue(), page_url: pageUrl() }),
  );

  app.post(
    "/api/session",
    {
      schema: {
        about: {
          id: "createSession",
          tag: "daemon",
          summary:
            "Exchange a session code for the token, in a browser at the page's origin; needs no token",
          codes: ["unauthorized"],
          example: { code: "mI3Fk1V0pQ" },
        },
        body: sessionRequest,
        response: { 200: sessionAnswer },
      },
    },
    ({ body, headers }) => {
      // In a browser, another address of the daemon may still run what another program left there.
      const isBrowser = headers.origin !== undefined || headers["sec-fetch-site"] !== undefined;
      if (isBrowser && headers.host !== new URL(pageUrl()).host) {
        throw new RunnerError(
          "origin_refused",
          "A browser exchanges a code only at the page's origin.",
          {
            hint: `Run \`${CALL} open\`, and use the address it opens.`,
          },
        );
      }
      if (sessionCodes.redeem(body.code)) return { token };
      throw new RunnerError("unauthorized", "The code is unknown, used or older than a minute.", {
        hint: `Run \`${CALL} open\` again.`,
      });
    },
  );
}
