import { z } from "zod";

/*
 * The bounds of numbers that others report: endpoints, model servers, file systems. A number beyond its bound is
 * a mistake of whoever reports it. It counts as not reported, so that it spoils no sum, budget or list.
 */

/** The most tokens of one request or context window: ten times the largest window that any model of 2026 has. */
export const MOST_TOKENS = 100_000_000;

/** The most that one request may cost, in US dollars: a full window of the dearest model is far below. */
export const MOST_USD = 10_000;

/** The highest price of a million tokens, in US dollars; the dearest model of 2026 has 600. */
export const MOST_USD_PER_MILLION = 10_000;

/** The longest time that an endpoint may ask to wait: limits by the week are the longest in use. */
export const LONGEST_WAIT_MS = 7 * 24 * 60 * 60_000;

/** The smallest context window, in tokens: the prompt alone has more. */
const FEWEST_WINDOW_TOKENS = 256;

// A petabyte.
const MOST_BYTES = 1e15;

/** The tokens of one request. */
export const tokenCount = z.int().nonnegative().max(MOST_TOKENS);

/** The tokens of a context window. */
export const windowTokens = z.int().min(FEWEST_WINDOW_TOKENS).max(MOST_TOKENS);

/** The size of a model. */
export const modelBytes = z.int().nonnegative().max(MOST_BYTES);

/** What one request cost, in US dollars. */
export const requestUsd = z.number().nonnegative().max(MOST_USD);
