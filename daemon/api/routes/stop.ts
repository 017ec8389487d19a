import { stopAnswer } from "../../protocol/api.ts";
import type { App, Door } from "../door.ts";

export function stopRoutes(app: App, { control }: Door): void {
  app.post(
    "/api/stop",
    {
      schema: {
        about: { id: "stop", tag: "daemon", summary: "Stop the daemon after the answer is sent" },
        response: { 202: stopAnswer },
      },
    },
    async (_request, reply) => {
      // In this order, because stopping closes this connection too. "close" follows once the answer is sent
      // or the client is gone.
      reply.raw.once("close", () => control.stop());
      return reply.code(202).send({ stopping: true });
    },
  );
}
