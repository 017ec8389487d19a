import { isDeepStrictEqual } from "node:util";
import type { WrittenModel } from "../config/resolve-model.ts";
import type { Config } from "../config/schema.ts";
import { withoutUserinfo } from "../core/endpoint.ts";
import { RunnerError } from "../core/errors.ts";
import { isRecord } from "../core/record.ts";
import type { AgentConfig } from "../protocol/agent.ts";

/*
 * What an agent that is in no config may ask for. It names no variable and no virtual host, so that no key of the
 * config goes anywhere but to its own endpoint. A key given in the body is used and not kept.
 */

/**
 * Refuses what would give an ad-hoc agent a key of its choice.
 *
 * @throws {RunnerError} invalid_request
 */
export function checkAdHoc(body: object & { model?: AgentConfig["model"] }): void {
  const named = findVariable(body, []);
  if (named !== undefined) {
    throw new RunnerError(
      "invalid_request",
      `An ad-hoc agent takes no \${…}, got one in ${named}.`,
      {
        hint: "Name an agent of the config in model_of to use its model with its key.",
      },
    );
  }
  if (Object.keys(body.model?.headers ?? {}).some((name) => name.toLowerCase() === "host")) {
    throw new RunnerError("invalid_request", "An ad-hoc agent takes no header Host.", {
      hint: "Write the host into model.base_url.",
    });
  }
}

/**
 * Whether an ad-hoc agent that the journal remembers may be used again: a variable in its model is one of an agent of
 * the config at the same address, as `model_of` leaves it.
 */
export function isOfConfig({ model }: AgentConfig, config: Config): boolean {
  if (model === null || findVariable(model, []) === undefined) return true;
  const place = placeOf(model, config);
  return [{}, ...config.agents.map((agent) => agent.model ?? {})].some((other) =>
    isDeepStrictEqual(placeOf(other, config), place),
  );
}

function placeOf({ base_url, api_key }: WrittenModel, { model }: Config): unknown {
  return [withoutUserinfo(base_url ?? model.base_url), api_key ?? null];
}

/** The place of the first variable, as `model.api_key`. */
function findVariable(value: unknown, path: readonly string[]): string | undefined {
  if (typeof value === "string") return value.includes("${") ? path.join(".") : undefined;
  if (!isRecord(value) && !Array.isArray(value)) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const found = key.includes("${") ? path.join(".") : findVariable(part, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
