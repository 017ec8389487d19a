import { z } from "zod";
import { RunnerError } from "../../core/errors.ts";
import {
  adHocTrigger,
  type AgentView,
  agentView,
  estimateSchema,
  listQuery,
  type Page,
  pageSchema,
  triggerAnswer,
  triggerOptions,
} from "../../protocol/api.ts";
import type { PageQuery } from "../control.ts";
import type { App, Door } from "../door.ts";

const params = z.object({ agent_id: z.string() });

export function agentRoutes(app: App, { control }: Door): void {
  app.get(
    "/api/agents",
    { schema: { querystring: listQuery, response: { 200: pageSchema(agentView) } } },
    ({ query }) => pageOf(control.agents(), query),
  );

  app.get(
    "/api/agents/:agent_id",
    { schema: { params, response: { 200: agentView } } },
    ({ params: { agent_id } }) => control.agent(agent_id),
  );

  app.post(
    "/api/agents/trigger",
    { schema: { body: adHocTrigger, response: { 202: triggerAnswer } } },
    async ({ body }, reply) => reply.code(202).send(control.triggerAdHoc(body)),
  );

  app.post(
    "/api/agents/:agent_id/confirm",
    { schema: { params, response: { 202: triggerAnswer } } },
    async ({ params: { agent_id } }, reply) => reply.code(202).send(control.confirm(agent_id)),
  );

  app.get(
    "/api/agents/:agent_id/estimate",
    { schema: { params, response: { 200: estimateSchema } } },
    ({ params: { agent_id } }) => control.estimate(agent_id),
  );

  app.post(
    "/api/agents/:agent_id/trigger",
    { schema: { params, body: triggerOptions, response: { 202: triggerAnswer } } },
    async ({ params: { agent_id }, body }, reply) =>
      reply.code(202).send(control.trigger(agent_id, body)),
  );
}

/** Agents come from the config, all at once and in its order; the cursor is the id of the last. */
function pageOf(agents: readonly AgentView[], { limit, cursor }: PageQuery): Page<AgentView> {
  const last = agents.findIndex((agent) => agent.id === cursor);
  if (cursor !== undefined && last === -1) {
    throw new RunnerError(
      "invalid_request",
      `cursor is not one of ours: ${JSON.stringify(cursor)}`,
    );
  }
  const items = agents.slice(last + 1, last + 1 + limit);
  const isEnd = last + 1 + limit >= agents.length;
  return { items, next_cursor: isEnd ? null : (items.at(-1)?.id ?? null) };
}
