import { estimateTokens, rangeOfRequest } from "../tokens.ts";
import { type ModelMemory, recall } from "./memory.ts";
import type { ModelRequest } from "./model.ts";
import { type ContextWindow, tooLong } from "./window.ts";

// The room that a new job needs beside its document, for replies and the answers of tools.
const ROOM_FOR_REPLIES = 2_048;
// The room that each further request needs.
const ROOM_FOR_REPLY = 512;

/** The most tokens that a request has, by the calibration in the memory. */
export function estimateRequest(request: ModelRequest, memory: ModelMemory): number {
  return estimateTokens(rangeOfRequest(request), recall(memory).calibration);
}

/** The longest reply that the window has room for, in tokens; the requested length while no window is known. */
export function replyCap(
  request: ModelRequest,
  memory: ModelMemory,
  window: ContextWindow | null,
): number {
  const room = (window?.tokens ?? Infinity) - estimateRequest(request, memory);
  return Math.max(ROOM_FOR_REPLY, Math.min(request.max_output_tokens, room));
}

/**
 * Refuses a request that the window has no room for.
 *
 * @throws {RunnerError} `too_long`
 */
export function checkRoom(
  request: ModelRequest,
  memory: ModelMemory,
  window: ContextWindow,
  model: string,
): void {
  const input_tokens = estimateRequest(request, memory);
  const output_tokens =
    request.iteration === 1
      ? Math.min(ROOM_FOR_REPLIES, Math.ceil(window.tokens / 4))
      : ROOM_FOR_REPLY;
  if (input_tokens + output_tokens <= window.tokens) return;
  throw tooLong({ input_tokens, output_tokens }, window, model);
}
