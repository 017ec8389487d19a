import { z } from "zod";
import { listQuery, pageSchema, runsQuery } from "../../protocol/api.ts";
import { type Run, runSchema } from "../../protocol/run.ts";
import { runChange } from "../../protocol/run-changes.ts";
import { listRunChanges } from "../../journal/run-changes.ts";
import { findRun, listRuns } from "../../journal/run-views.ts";
import type { App, Door } from "../door.ts";
import { notFound } from "../../core/not-found.ts";

const params = z.object({ run_id: z.string().describe("A run's id.") });

export function runRoutes(app: App, { control, journal }: Door): void {
  const getRun = (runId: string): Run => {
    const run = findRun(journal, runId);
    if (run) return run;
    throw notFound("run", runId);
  };

  app.get(
    "/api/runs",
    {
      schema: {
        about: { id: "listRuns", tag: "runs", summary: "List runs, newest first" },
        querystring: runsQuery,
        response: { 200: pageSchema(runSchema) },
      },
    },
    ({ query }) => listRuns(journal, query),
  );

  app.get(
    "/api/runs/:run_id",
    {
      schema: {
        about: { id: "getRun", tag: "runs", summary: "Get one run", codes: ["run_not_found"] },
        params,
        response: { 200: runSchema },
      },
    },
    ({ params: { run_id } }) => getRun(run_id),
  );

  app.get(
    "/api/runs/:run_id/changes",
    {
      schema: {
        about: {
          id: "listRunChanges",
          tag: "runs",
          summary: "List what a run changed or a dry run would change, latest first",
          codes: ["run_not_found"],
        },
        params,
        querystring: listQuery,
        response: { 200: pageSchema(runChange) },
      },
    },
    ({ params: { run_id }, query }) => listRunChanges(journal, getRun(run_id).run_id, query),
  );

  app.post(
    "/api/runs/:run_id/cancel",
    {
      schema: {
        about: {
          id: "cancelRun",
          tag: "runs",
          summary: "Cancel a run; its remaining files wait",
          codes: ["run_not_found", "run_not_running"],
        },
        params,
        response: { 202: runSchema },
      },
    },
    async ({ params: { run_id } }, reply) => {
      control.cancelRun(run_id);
      return reply.code(202).send(getRun(run_id));
    },
  );
}
