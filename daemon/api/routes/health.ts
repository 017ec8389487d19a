import { createHmac } from "node:crypto";
import { healthQuery, healthSchema } from "../../protocol/api.ts";
import type { App, Door } from "../door.ts";

export function healthRoutes(app: App, { control, token }: Door): void {
  // Needs no token. A client with the token can check by the proof that the daemon has it too, before sending it.
  app.get(
    "/api/health",
    {
      schema: {
        about: {
          id: "getHealth",
          tag: "daemon",
          summary: "Check that the daemon answers; needs no token",
        },
        querystring: healthQuery,
        response: { 200: healthSchema },
      },
    },
    ({ query: { nonce } }) => {
      const health = { status: "ok", version: control.version } as const;
      if (nonce === undefined) return health;
      return { ...health, proof: createHmac("sha256", token).update(nonce).digest("hex") };
    },
  );
}
