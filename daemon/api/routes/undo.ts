import { z } from "zod";
import { undoAnswer, undoRequest } from "../../protocol/undo.ts";
import type { App, Door } from "../door.ts";

const params = z.object({ run_id: z.string().describe("A run's id.") });

export function undoRoutes(app: App, { control }: Door): void {
  app.post(
    "/api/runs/:run_id/undo",
    {
      schema: {
        about: {
          id: "undoRun",
          tag: "runs",
          summary: "Undo what a run did",
          codes: ["run_not_found", "run_in_progress"],
        },
        params,
        response: { 200: undoAnswer },
      },
    },
    ({ params: { run_id } }) => control.undoRun(run_id),
  );

  app.post(
    "/api/undo",
    {
      schema: {
        about: {
          id: "undo",
          tag: "files",
          summary: "Undo what was made from a file, or by an agent",
          codes: ["file_not_found", "agent_not_found", "run_in_progress"],
          example: { file_id: "file_0gfy5h9p1v9aa8hx5vna" },
        },
        body: undoRequest,
        response: { 200: undoAnswer },
      },
    },
    ({ body }) => control.undo(body),
  );
}
