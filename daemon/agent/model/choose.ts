import { RunnerError } from "../../core/errors.ts";
import { RULES } from "../../protocol/agent.ts";
import type { ModelSettings } from "../../protocol/agent.ts";
import { createChatModel } from "./chat.ts";
import type { ModelMemory } from "./memory.ts";
import type { Model } from "./model.ts";
import { createRulesModel } from "./rules.ts";

/**
 * The model that the settings name, with what was learned of it before. Sends nothing yet.
 *
 * @throws {RunnerError} of kind `user` for settings that no model can be made of
 */
export function createModel(settings: ModelSettings, memory: ModelMemory): Model {
  if (settings.provider === RULES) return createRulesModel();
  switch (settings.api) {
    case "auto":
    case "chat":
      return createChatModel(settings, { memory });
    case "responses":
      throw new RunnerError("not_yet", 'model.api is "responses", which is not built yet', {
        hint: "Set model.api to auto or chat.",
      });
  }
}
