import { z } from "zod";
import { notOurs } from "../../journal/cursor.ts";
import {
  adHocTrigger,
  type AgentView,
  agentView,
  listQuery,
  type Page,
  pageSchema,
  triggerAnswer,
  triggerOptions,
} from "../../protocol/api.ts";
import { estimateQuery, estimateSchema } from "../../protocol/estimate.ts";
import { modelTest } from "../../protocol/model-test.ts";
import type { App, Door } from "../door.ts";

const params = z.object({ agent_id: z.string().describe("An agent's id.") });

const START_CODES = [
  "agent_not_found",
  "paused",
  "run_in_progress",
  "budget_exhausted",
  "price_unknown",
  "not_yet",
] as const;

export function agentRoutes(app: App, door: Door): void {
  readRoutes(app, door);
  startRoutes(app, door);
  testRoutes(app, door);
}

function testRoutes(app: App, { control }: Door): void {
  app.post(
    "/api/agents/:agent_id/test",
    {
      schema: {
        about: {
          id: "testModel",
          tag: "agents",
          summary: "Send the agent's model one small request, which may cost money",
          codes: ["agent_not_found", "invalid_request", "budget_exhausted", "not_allowed"],
        },
        params,
        response: { 200: modelTest },
      },
    },
    ({ params: { agent_id } }) => control.testModel(agent_id),
  );
}

function readRoutes(app: App, { control }: Door): void {
  app.get(
    "/api/agents",
    {
      schema: {
        about: {
          id: "listAgents",
          tag: "agents",
          summary: "List the configured agents in the order of the config",
        },
        querystring: listQuery,
        response: { 200: pageSchema(agentView) },
      },
    },
    ({ query }) => pageOf(control.agents(), query),
  );

  app.get(
    "/api/agents/:agent_id",
    {
      schema: {
        about: {
          id: "getAgent",
          tag: "agents",
          summary: "Get one agent, configured or ad hoc",
          codes: ["agent_not_found"],
        },
        params,
        response: { 200: agentView },
      },
    },
    ({ params: { agent_id } }) => control.agent(agent_id),
  );

  app.get(
    "/api/agents/:agent_id/estimate",
    {
      schema: {
        about: {
          id: "getEstimate",
          tag: "agents",
          summary: "Estimate the cost of the files that wait for consent, or of all files again",
          codes: ["agent_not_found"],
        },
        params,
        querystring: estimateQuery,
        response: { 200: estimateSchema },
      },
    },
    ({ params: { agent_id }, query }) => control.estimate(agent_id, query),
  );
}

function startRoutes(app: App, { control }: Door): void {
  app.post(
    "/api/agents/trigger",
    {
      schema: {
        about: {
          id: "triggerAdHoc",
          tag: "agents",
          summary: "Start a run of an agent that is in no config",
          codes: START_CODES,
          example: { directories: [{ path: "/home/ada/scans" }], instructions: "Invoices only." },
        },
        body: adHocTrigger,
        response: { 202: triggerAnswer },
      },
    },
    async ({ body }, reply) => reply.code(202).send(control.triggerAdHoc(body)),
  );

  app.post(
    "/api/agents/:agent_id/trigger",
    {
      schema: {
        about: {
          id: "triggerAgent",
          tag: "agents",
          summary: "Start a run",
          codes: START_CODES,
          example: { paths: ["/home/ada/Documents/Inbox/minutes.md"] },
        },
        params,
        body: triggerOptions,
        response: { 202: triggerAnswer },
      },
    },
    async ({ params: { agent_id }, body }, reply) =>
      reply.code(202).send(control.trigger(agent_id, body)),
  );

  app.post(
    "/api/agents/:agent_id/confirm",
    {
      schema: {
        about: {
          id: "confirmRun",
          tag: "agents",
          summary: "Consent to the run that waits for consent",
          codes: ["agent_not_found", "nothing_to_confirm"],
        },
        params,
        response: { 202: triggerAnswer },
      },
    },
    async ({ params: { agent_id } }, reply) => reply.code(202).send(control.confirm(agent_id)),
  );
}

/** A page of the agents in the order of the config; the cursor is the id of the last agent of a page. */
function pageOf(
  agents: readonly AgentView[],
  { limit, cursor }: z.output<typeof listQuery>,
): Page<AgentView> {
  const last = agents.findIndex((agent) => agent.id === cursor);
  if (cursor !== undefined && last === -1) throw notOurs(cursor);
  const items = agents.slice(last + 1, last + 1 + limit);
  const isEnd = last + 1 + limit >= agents.length;
  return { items, next_cursor: isEnd ? null : (items.at(-1)?.id ?? null) };
}
