import { RULES } from "../protocol/agent.ts";
import type { ModelSettings } from "../protocol/agent.ts";
import { createEndpointModel } from "../agent/model/endpoint-model.ts";
import type { ModelMemory } from "../agent/model/memory.ts";
import type { Model } from "../agent/model/model.ts";
import { createSchemaModel } from "../agent/model/schema-model.ts";
import { createRulesModel } from "../rules/rules.ts";

export type CreateModel = typeof createModel;

/** Creates the model that the settings name: the built-in rules, or the model of an endpoint with its memory. Sends nothing yet. */
export function createModel(settings: ModelSettings, memory: ModelMemory): Model {
  if (settings.provider === RULES) return createRulesModel();
  const model = createEndpointModel(settings, { memory });
  return settings.calls === "json_schema" ? createSchemaModel(model) : model;
}
