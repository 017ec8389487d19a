import { findRetirement } from "../agent/model/retirement.ts";
import type { Clock } from "../core/clock.ts";
import { withoutUserinfo } from "../core/endpoint.ts";
import { LASTING_MODEL, type ModelSettings, RULES } from "../protocol/agent.ts";
import type { FileError } from "../protocol/file.ts";

const NOTICE_MS = 60 * 24 * 60 * 60_000;

/**
 * The problem of a model that its provider shuts down within 60 days, or has shut down; empty: none is announced.
 *
 * @param said the date by the provider's own list (YYYY-MM-DD), which wins over our table
 */
export function listRetirement(
  { provider, name, base_url }: ModelSettings,
  said: string | null,
  clock: Clock,
): FileError[] {
  if (provider === RULES) return [];
  const known = findRetirement({ name, base_url });
  const date = said ?? known?.date ?? null;
  if (date === null) return [];
  const left = Date.parse(date) - clock.now();
  if (left > NOTICE_MS) return [];
  const verb = left > 0 ? "is shut down" : "was shut down";
  return [
    {
      code: "model_retires",
      message: `The model ${name} at ${withoutUserinfo(base_url)} ${verb} on ${date}.`,
      hint: `Choose another model, such as ${known?.replacement ?? LASTING_MODEL}, in model.name.`,
    },
  ];
}
