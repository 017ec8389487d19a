import { z } from "zod";
import { RunnerError } from "../../core/errors.ts";
import { fileDetail, filesQuery, pageSchema, triggerAnswer } from "../../protocol/api.ts";
import { fileSchema } from "../../protocol/file.ts";
import type { App, Door } from "../door.ts";

const params = z.object({ file_id: z.string() });

export function fileRoutes(app: App, { control, views }: Door): void {
  app.get(
    "/api/files",
    { schema: { querystring: filesQuery, response: { 200: pageSchema(fileSchema) } } },
    ({ query }) => views.listFiles(query),
  );

  app.get(
    "/api/files/:file_id",
    { schema: { params, response: { 200: fileDetail } } },
    ({ params: { file_id } }) => {
      const file = views.findFile(file_id);
      const history = views.findFileHistory(file_id);
      if (file && history) return { ...file, ...history };
      throw new RunnerError("file_not_found", `there is no file ${JSON.stringify(file_id)}`, {
        hint: "`npx --no agent-runner files` lists them.",
      });
    },
  );

  app.post(
    "/api/files/:file_id/retry",
    { schema: { params, response: { 202: triggerAnswer } } },
    async ({ params: { file_id } }, reply) => reply.code(202).send(control.retryFile(file_id)),
  );
}
