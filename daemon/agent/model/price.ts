import type { ModelSettings } from "../../protocol/agent.ts";
import type { TokenUsage } from "./model.ts";

/** What a request cost in US dollars at a price; cached input at its own price where it has one. */
export function costOf(usage: TokenUsage, price: NonNullable<ModelSettings["price"]>): number {
  const cachedPrice = price.cached_input_usd_per_million ?? price.input_usd_per_million;
  const fresh = usage.input_tokens - usage.cached_input_tokens;
  return (
    (fresh * price.input_usd_per_million +
      usage.cached_input_tokens * cachedPrice +
      usage.output_tokens * price.output_usd_per_million) /
    1_000_000
  );
}
