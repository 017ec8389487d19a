import { z } from "zod";
import { RunnerError } from "../../core/errors.ts";
import { explainSchema } from "../../protocol/explain.ts";
import { explainEntity } from "../../journal/explain-views.ts";
import type { App, Door } from "../door.ts";
import { CALL } from "../../core/call.ts";

const params = z.object({ id: z.string().describe("The id of a project, a task or a note.") });

export function explainRoutes(app: App, { journal }: Door): void {
  app.get(
    "/api/explain/:id",
    {
      schema: {
        about: {
          id: "explain",
          tag: "entities",
          summary: "Explain where an entity comes from and how it changed",
          codes: ["entity_not_found"],
        },
        params,
        response: { 200: explainSchema },
      },
    },
    ({ params: { id } }) => {
      const explanation = explainEntity(journal, id);
      if (explanation) return explanation;
      throw new RunnerError(
        "entity_not_found",
        `There is no project, task or note ${JSON.stringify(id)}.`,
        { hint: `List them with \`${CALL} tasks\`, \`notes\` or \`projects\`.` },
      );
    },
  );
}
