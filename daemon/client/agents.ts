import type { z } from "zod";
import {
  type AgentView,
  agentView,
  type adHocTrigger,
  type listQuery,
  offeredModel,
  triggerAnswer,
  type triggerOptions,
} from "../protocol/api.ts";
import { estimateSchema } from "../protocol/estimate.ts";
import { modelTest } from "../protocol/model-test.ts";
import { type Asking, type Query, toPath } from "./asking.ts";
import { all } from "./pages.ts";

/** Agents, starting their runs, and models. */
export function agentRoutes({ send, list }: Asking) {
  return {
    /** Every configured agent, from all pages. */
    async agents(): Promise<AgentView[]> {
      const agents: AgentView[] = [];
      const pages = (query: Query<typeof listQuery>) => list(agentView, "/api/agents", query);
      for await (const agent of all(pages, {})) agents.push(agent);
      return agents;
    },
    agent: (agentId: string) => send(agentView, "GET", toPath("/api/agents/", agentId)),
    trigger: (agentId: string, options: z.input<typeof triggerOptions> = {}) =>
      send(triggerAnswer, "POST", toPath("/api/agents/", agentId, "/trigger"), options),
    confirm: (agentId: string) =>
      send(triggerAnswer, "POST", toPath("/api/agents/", agentId, "/confirm")),
    estimate: (agentId: string) =>
      send(estimateSchema, "GET", toPath("/api/agents/", agentId, "/estimate")),
    triggerAdHoc: (agent: z.input<typeof adHocTrigger>) =>
      send(triggerAnswer, "POST", "/api/agents/trigger", agent),
    /** Sends the model of an agent one small request, which may take as long as any. */
    testModel: (agentId: string) =>
      send(modelTest, "POST", toPath("/api/agents/", agentId, "/test"), {}, { isSlow: true }),
    /** The models that agents could use. */
    models: () => list(offeredModel, "/api/models", {}),
  };
}
