import { backupAnswer, backupRequest } from "../../protocol/backup.ts";
import type { App, Door } from "../door.ts";

export function backupRoutes(app: App, { control }: Door): void {
  app.post(
    "/api/backup",
    {
      schema: {
        about: {
          id: "backUp",
          tag: "daemon",
          summary: "Copy the database while it is in use",
          codes: ["backup_exists", "backup_failed"],
          example: {},
        },
        body: backupRequest,
        response: { 201: backupAnswer },
      },
    },
    async ({ body }, reply) => reply.code(201).send(await control.backUp(body)),
  );
}
