import { z } from "zod";
import { RunnerError } from "../../core/errors.ts";
import { listQuery } from "../../protocol/api.ts";
import type { App } from "../door.ts";

const params = z.object({ change_set_id: z.string().describe("A change set's id.") });

/** Review mode: these routes refuse until it exists. */
export function changeSetRoutes(app: App): void {
  const refuse = (): never => {
    throw new RunnerError("not_yet", "Review mode (approval: review) is not supported yet.", {
      hint: "Leave approval at auto: agents apply their changes themselves.",
    });
  };
  const about = (id: string, summary: string) =>
    ({ id, tag: "agents", summary: `${summary}: not yet`, codes: ["not_yet"] }) as const;

  app.get(
    "/api/change-sets",
    {
      schema: {
        about: about("listChangeSets", "List what waits for approval"),
        querystring: listQuery,
      },
    },
    refuse,
  );
  app.post(
    "/api/change-sets/:change_set_id/approve",
    { schema: { about: about("approveChangeSet", "Apply a change set"), params } },
    refuse,
  );
  app.post(
    "/api/change-sets/:change_set_id/reject",
    { schema: { about: about("rejectChangeSet", "Drop a change set"), params } },
    refuse,
  );
}
