import type { TokenUsage } from "./model.ts";

/*
 * Whether an endpoint caches prompts, learned from the cached tokens that it reports. Without a cache every request
 * pays for all its tools again; with one, the tools have to stay the same.
 */

/** What the replies of an endpoint told about its cache. */
export interface Caching {
  /** Replies in a row without a cached token, of those that could have had some; up to `UNCACHED_REPLIES`. */
  uncached: number;
  /** It reported cached tokens once, so it has a cache. */
  is_cached: boolean;
}

export const NOTHING_CACHED: Caching = { uncached: 0, is_cached: false };

// Providers cache prompts from 1,024 tokens on, and one that differs late in blocks before the difference.
const CACHEABLE_TOKENS = 1_536;
// Providers keep a prompt for five minutes and longer.
const KEPT_MS = 4 * 60_000;
// A busy provider may send a request to a machine that has no prompt of ours.
const UNCACHED_REPLIES = 8;

/**
 * Learns from the usage of one reply.
 *
 * @param sinceReplyMs from the reply before to this request, in milliseconds; undefined: it is the first
 */
export function learnCaching(
  known: Caching,
  { input_tokens, cached_input_tokens }: TokenUsage,
  sinceReplyMs: number | undefined,
): Caching {
  if (known.is_cached) return known;
  if (cached_input_tokens > 0) return { uncached: 0, is_cached: true };
  const isLate = sinceReplyMs === undefined || sinceReplyMs < 0 || sinceReplyMs > KEPT_MS;
  if (isLate || input_tokens < CACHEABLE_TOKENS) return known;
  return { ...known, uncached: Math.min(known.uncached + 1, UNCACHED_REPLIES) };
}

/** Whether an endpoint is known to have no cache. */
export function isUncached({ uncached, is_cached }: Caching): boolean {
  return !is_cached && uncached >= UNCACHED_REPLIES;
}
