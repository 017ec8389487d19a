import { z } from "zod";
import { forgetAnswer } from "../../protocol/forget.ts";
import type { App, Door } from "../door.ts";

const params = z.object({ file_id: z.string().describe("A file's id.") });

export function forgetRoutes(app: App, { control }: Door): void {
  app.post(
    "/api/files/:file_id/forget",
    {
      schema: {
        about: {
          id: "forgetFile",
          tag: "files",
          summary: "Purge a file's text, conversations and quotes for good",
          codes: ["file_not_found", "run_in_progress"],
        },
        params,
        response: { 200: forgetAnswer },
      },
    },
    ({ params: { file_id } }) => control.forgetFile(file_id),
  );
}
