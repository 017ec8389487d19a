import { createHmac } from "node:crypto";
import { healthQuery, healthSchema } from "../../protocol/api.ts";
import type { App, Door } from "../door.ts";

export function healthRoutes(app: App, { control, token }: Door): void {
  // Open to all. Whoever holds the token can check by the proof that the daemon does too, before showing it.
  app.get(
    "/api/health",
    {
      schema: {
        about: { id: "getHealth", tag: "daemon", summary: "Whether it answers; open to all" },
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
