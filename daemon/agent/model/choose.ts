import { RULES } from "../../protocol/agent.ts";
import type { ModelSettings } from "../../protocol/agent.ts";
import { createChatModel } from "./chat.ts";
import type { ModelMemory } from "./memory.ts";
import type { Model } from "./model.ts";
import { createRulesModel } from "./rules.ts";

/** The model that the settings name, with what was learned of it before. Sends nothing yet. */
export function createModel(settings: ModelSettings, memory: ModelMemory): Model {
  return settings.provider === RULES ? createRulesModel() : createChatModel(settings, { memory });
}
