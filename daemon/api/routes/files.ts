import { z } from "zod";
import { fileDetail, filesQuery, pageSchema, triggerAnswer } from "../../protocol/api.ts";
import { fileSchema } from "../../protocol/file.ts";
import { findFile, findFileHistory, listFiles } from "../../journal/file-views.ts";
import type { App, Door } from "../door.ts";
import { notFound } from "../../core/not-found.ts";

const params = z.object({ file_id: z.string().describe("A file's id.") });

export function fileRoutes(app: App, { control, journal }: Door): void {
  app.get(
    "/api/files",
    {
      schema: {
        about: { id: "listFiles", tag: "files", summary: "List files by path" },
        querystring: filesQuery,
        response: { 200: pageSchema(fileSchema) },
      },
    },
    ({ query }) => listFiles(journal, query),
  );

  app.get(
    "/api/files/:file_id",
    {
      schema: {
        about: {
          id: "getFile",
          tag: "files",
          summary: "Get one file with its text and every attempt at it",
          codes: ["file_not_found"],
        },
        params,
        response: { 200: fileDetail },
      },
    },
    ({ params: { file_id } }) => {
      const file = findFile(journal, file_id);
      const history = findFileHistory(journal, file_id);
      if (file && history) return { ...file, ...history };
      throw notFound("file", file_id);
    },
  );

  app.post(
    "/api/files/:file_id/retry",
    {
      schema: {
        about: {
          id: "retryFile",
          tag: "files",
          summary: "Process a file again",
          codes: [
            "file_not_found",
            "agent_not_found",
            "run_in_progress",
            "budget_exhausted",
            "price_unknown",
          ],
        },
        params,
        response: { 202: triggerAnswer },
      },
    },
    async ({ params: { file_id } }, reply) => reply.code(202).send(control.retryFile(file_id)),
  );
}
