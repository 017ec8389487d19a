import type { RunnerError } from "../../core/errors.ts";
import type { Reservation } from "../../protocol/budget.ts";
import type { Document, Frame } from "../../protocol/document.ts";
import type { ContextWindow } from "./window.ts";

/** One tool call as the model asked for it; the arguments are not checked yet. */
export interface ToolCall {
  /** Ours: nine letters and digits, unique in the job. What the endpoint sent is not relied on. */
  id: string;
  name: string;
  /** The parsed JSON object, or null where `argument_error` says why there is none. */
  arguments: Record<string, unknown> | null;
  argument_error: string | null;
}

export interface TokenUsage {
  input_tokens: number;
  /** Part of `input_tokens`. */
  cached_input_tokens: number;
  output_tokens: number;
}

/**
 * One reply of a model, in the shape the loop reads and the journal stores (as JSON; hence the names).
 * Whatever an endpoint does differently ends in its adapter.
 */
export interface ModelReply {
  text: string;
  tool_calls: ToolCall[];
  /** The calls stood in the text, where the server had left them. */
  rescued?: true;
  /**
   * Why it stopped: with calls, finished, cut off by a token limit, refused by a filter, or with calls in
   * its text that must not be run.
   */
  stop: "calls" | "final" | "length" | "filter" | "written";
  /** null: the endpoint reported none. */
  usage: TokenUsage | null;
  /** null: the price is not known. */
  cost_usd: number | null;
  /** Fields of the reply that the same endpoint wants back in the history, e.g. `reasoning_content`. */
  replay: Record<string, unknown>;
}

/** The conversation so far. Tool results are plain strings; exactly one system message, first. */
export type Message =
  | { role: "system"; content: string }
  | { role: "user"; content: string }
  | { role: "assistant"; reply: ModelReply }
  | { role: "tool"; tool_call_id: string; name: string; content: string };

/** A tool as a model is told of it: flat JSON Schema of the plainest kind. */
export interface ToolDescription {
  name: string;
  description: string;
  parameters: Record<string, unknown>;
}

/** What a long reply takes that records: a whole note, a dozen tasks, and the thoughts before them. */
export const REPLY_TOKENS = 8_192;

export interface ModelRequest {
  messages: readonly Message[];
  /** The same in every request of a job, so that prompt caches hold. */
  tools: readonly ToolDescription[];
  /** Whether the model may still call tools; false in the last iteration. */
  may_call_tools: boolean;
  /** Where the reply is cut off. */
  max_output_tokens: number;
  /** 1-based. */
  iteration: number;
  /** What the first messages were made of, for a model that is not a language model. */
  document: Document;
  frame: Frame;
}

export interface CompleteOptions {
  signal: AbortSignal;
  /**
   * Called each time the endpoint refused a form of the request and another form is about to be sent, so that
   * it is counted as one more. What it throws ends the request.
   */
  onRefused?(refusal: RunnerError): void;
}

/** One request in, one reply out. Knows nothing of files, tools or budgets. */
export interface Model {
  /** What the usage is booked on. */
  readonly provider: "rules" | "openai";
  readonly name: string;
  /** Scheme, host and port; null where nothing is sent anywhere. Files of one endpoint wait together. */
  readonly endpoint: string | null;
  /** What a request may come to at the most, before it is sent. */
  reserve(request: ModelRequest): Reservation;
  /** The window that requests are held to; null where there is none, or none was asked for yet. */
  readonly window: ContextWindow | null;
  /** The endpoint tells neither its window nor what it read: a prompt that it cut would not be noticed. */
  readonly is_unverified: boolean;
  /**
   * Makes sure that the model's window has room for a request and its reply. May ask the server for it.
   *
   * @throws {RunnerError} too_long
   * @throws AbortError when the signal aborts
   */
  ensureRoom(request: ModelRequest, options: { signal: AbortSignal }): Promise<void>;
  /**
   * @throws {RunnerError} of kind `user` or `transient` for a fault of the endpoint, the key or the quota
   *   (`data.retry_after_ms` where the endpoint named a time), of kind `job` for a bad answer
   * @throws AbortError when the signal aborts
   */
  complete(request: ModelRequest, options: CompleteOptions): Promise<ModelReply>;
  /**
   * What makes a whole reply useless: it is not to all that was sent (`prompt_truncated`). null: nothing.
   */
  findFault(request: ModelRequest, reply: ModelReply): RunnerError | null;
  /** Lets go of sockets. */
  close(): Promise<void>;
}
