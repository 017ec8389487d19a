import { calcPrice } from "@pydantic/genai-prices";
import type { ModelSettings } from "../../protocol/agent.ts";
import type { TokenUsage } from "./model.ts";

/** The price of a model. */
export interface Pricing {
  /** The config, or the table of published prices. */
  source: "config" | "public";
  /** The cost of one request of these tokens in US dollars; null: unknown. */
  costOf(usage: TokenUsage): number | null;
}

/**
 * Finds the price of a model: from the config, else the published price of the provider at its address (a table
 * in the package; no request is sent). null if neither has it: at an unknown address, the name of a model says
 * nothing about its price.
 */
export function findPricing(
  settings: Pick<ModelSettings, "price" | "base_url" | "name">,
): Pricing | null {
  const { price, base_url: providerApiUrl, name } = settings;
  if (price !== null) return { source: "config", costOf: (usage) => costAt(price, usage) };
  const costOf: Pricing["costOf"] = ({ input_tokens, cached_input_tokens, output_tokens }) =>
    calcPrice({ input_tokens, cache_read_tokens: cached_input_tokens, output_tokens }, name, {
      providerApiUrl,
    })?.total_price ?? null;
  const isKnown = costOf({ input_tokens: 1, cached_input_tokens: 0, output_tokens: 1 }) !== null;
  return isKnown ? { source: "public", costOf } : null;
}

/** The cost of a million tokens in short requests, in US dollars; null: unknown. */
export function findPrice(
  settings: Pick<ModelSettings, "price" | "base_url" | "name">,
): { input_usd_per_million: number; output_usd_per_million: number } | null {
  const pricing = findPricing(settings);
  // Counted from a thousand tokens, since long requests may have another price.
  const costOf = (input_tokens: number, output_tokens: number): number | null =>
    pricing?.costOf({ input_tokens, cached_input_tokens: 0, output_tokens }) ?? null;
  const [input, output] = [costOf(1_000, 0), costOf(0, 1_000)];
  if (input === null || output === null) return null;
  return { input_usd_per_million: input * 1_000, output_usd_per_million: output * 1_000 };
}

/** The cost by the configured price; cached input at its own price if it has one. */
function costAt(price: NonNullable<ModelSettings["price"]>, usage: TokenUsage): number {
  const cachedPrice = price.cached_input_usd_per_million ?? price.input_usd_per_million;
  const fresh = usage.input_tokens - usage.cached_input_tokens;
  return (
    (fresh * price.input_usd_per_million +
      usage.cached_input_tokens * cachedPrice +
      usage.output_tokens * price.output_usd_per_million) /
    1_000_000
  );
}
