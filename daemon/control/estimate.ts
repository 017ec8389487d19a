import { findPricing } from "../agent/model/price.ts";
import { type ModelSettings, RULES } from "../protocol/agent.ts";
import type { Estimate } from "../protocol/estimate.ts";

// What a request carries besides the document: rules, tools, file and projects.
const PROMPT_TOKENS = 1_500;
// English prose; other scripts have fewer bytes to a token in some models and more in others.
const BYTES_PER_TOKEN = 4;
const REPLY_TOKENS = 250;

/**
 * What files of this size would take, by rule of thumb.
 *
 * @param perFile how many requests a file takes; each sends the document again
 * @param entities about how many notes, tasks and projects the built-in rules would make; null: not known
 */
export function estimate(
  waiting: { files: number; bytes: number },
  perFile: number,
  model: Pick<ModelSettings, "provider" | "price" | "base_url" | "name">,
  entities: number | null = null,
): Estimate {
  const { files, bytes } = waiting;
  if (model.provider === RULES) {
    return { files, requests: 0, input_tokens: 0, output_tokens: 0, cost_usd: 0, entities };
  }
  const tokens = Math.ceil(perFile * (files * PROMPT_TOKENS + bytes / BYTES_PER_TOKEN));
  // A file system may report any size.
  const input_tokens = Math.min(tokens, Number.MAX_SAFE_INTEGER);
  const requests = Math.ceil(perFile * files);
  const output_tokens = requests * REPLY_TOKENS;
  // Priced request by request: a long one may cost more by the token.
  const cost = findPricing(model)?.costOf({
    input_tokens: requests === 0 ? 0 : input_tokens / requests,
    cached_input_tokens: 0,
    output_tokens: REPLY_TOKENS,
  });
  const cost_usd = cost === undefined || cost === null ? null : cost * requests;
  return { files, requests, input_tokens, output_tokens, cost_usd, entities: null };
}
