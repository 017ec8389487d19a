import type { RunnerError } from "../../core/errors.ts";
import type { Reservation } from "../../protocol/budget.ts";
import type { Document, Frame } from "../../protocol/document.ts";
import type { ContextWindow } from "./window.ts";

/** One tool call from a model; its arguments are not checked yet. */
export interface ToolCall {
  /** Our id: nine letters and digits, unique in the job. The id of the endpoint is not used. */
  id: string;
  name: string;
  /** The parsed JSON object; null if `argument_error` gives the reason. */
  arguments: Record<string, unknown> | null;
  argument_error: string | null;
}

/** The tokens that an endpoint counted for one request. */
export interface TokenUsage {
  input_tokens: number;
  /** Part of `input_tokens`. */
  cached_input_tokens: number;
  output_tokens: number;
  /** Part of `output_tokens`; left out: not reported. */
  reasoning_tokens?: number;
}

/**
 * One reply of a model, in the shape that the loop reads and the journal stores (as JSON, hence the names).
 * The adapter of an endpoint hides its differences.
 */
export interface ModelReply {
  text: string;
  tool_calls: ToolCall[];
  /** How many records are left out if this is the last reply; a language model does not say. */
  left_out?: number;
  /** The calls come from the text, where the server had left them. */
  rescued?: true;
  /**
   * The reason it ended: with calls, finished, cut off by a token limit, refused by a filter, with calls
   * in its text that must not be run, or one that is not known: nothing of such a reply is taken.
   */
  stop: "calls" | "final" | "length" | "filter" | "written" | "unknown";
  /** The reason that is not known, as the endpoint gave it. */
  finish_reason?: string;
  /** null: the endpoint reported none. */
  usage: TokenUsage | null;
  /** null: the price is unknown. */
  cost_usd: number | null;
  /**
   * What the same endpoint requires back in the history: fields of a chat message, e.g. `reasoning_content`, or the
   * `output` of the Responses API as it came, with the endpoint that made it in `output_of`.
   */
  replay: Record<string, unknown>;
}

/** The conversation so far. Tool results are plain strings; exactly one system message, first. */
export type Message =
  | { role: "system"; content: string }
  | { role: "user"; content: string }
  | { role: "assistant"; reply: ModelReply }
  | { role: "tool"; tool_call_id: string; name: string; content: string };

/** A tool as described to a model: flat JSON Schema of the plainest kind. */
export interface ToolDescription {
  name: string;
  description: string;
  parameters: Record<string, unknown>;
}

/** The tokens of a long reply: a whole note, a dozen tasks, and the thoughts before them. */
export const REPLY_TOKENS = 8_192;

/** One request to a model. */
export interface ModelRequest {
  messages: readonly Message[];
  /** The same in every request of a job, so that prompt caches hold. */
  tools: readonly ToolDescription[];
  /** Whether the model may still call tools; false in the last iteration. */
  may_call_tools: boolean;
  /** The JSON Schema that the text of the reply has to fit; left out: any text. */
  reply_schema?: Record<string, unknown>;
  /** The length at which the reply is cut off, in tokens. */
  max_output_tokens: number;
  /** 1-based. */
  iteration: number;
  /** The sources of the first messages, for a model that is not a language model. */
  document: Document;
  frame: Frame;
}

export interface CompleteOptions {
  signal: AbortSignal;
  /**
   * Called after each refusal of a form of the request, before the next form is sent, so that the next form
   * counts as another request. An error that it throws ends the request.
   */
  onRefused?(refusal: RunnerError): void;
}

/**
 * A model: one request in, one reply out. Knows nothing about files, tools or budgets. `endpoint-model.ts` implements it for
 * endpoints, and the rules room without a language model.
 */
export interface Model {
  /** The name under which its usage is booked. */
  readonly provider: "rules" | "openai";
  readonly name: string;
  /** Scheme, host and port; null for a model that sends nothing. Files of one endpoint wait together. */
  readonly endpoint: string | null;
  /** The highest tokens and cost of a request, before it is sent. */
  reserve(request: ModelRequest): Reservation;
  /** The bytes of the body that `complete` would send next for this request; 0 for a model that sends nothing. */
  sizeOf(request: ModelRequest): number;
  /** The window that requests must fit; null for a model without one, or before the first search for it. */
  readonly window: ContextWindow | null;
  /**
   * The endpoint does not report its window, and the tokens that it counted last do not show that it read the whole
   * prompt: a prompt that it cut would go unnoticed.
   */
  readonly is_unverified: boolean;
  /** The endpoint takes tools only without the reasoning that the model does by itself, and is asked so. */
  readonly is_reasoning_off: boolean;
  /**
   * Its endpoint keeps no prompt from one request to the next, so each pays for all its tools. False on this machine, where
   * servers keep the last prompt without reporting it.
   */
  readonly is_uncached: boolean;
  /** The day from which on its endpoint has it no more (YYYY-MM-DD), as the endpoint says; null: it says none. */
  readonly retires_on: string | null;
  /**
   * Makes sure that the model's window has room for a request and its reply. May ask the server for its size.
   *
   * @throws {RunnerError} `too_long`
   * @throws AbortError when the signal aborts
   */
  ensureRoom(request: ModelRequest, options: { signal: AbortSignal }): Promise<void>;
  /**
   * Asks for one reply.
   *
   * @throws {RunnerError} of kind `user` or `transient` for a fault of the endpoint, the key or the quota
   *   (`data.retry_after_ms` if the endpoint named a time), of kind `job` for a bad answer
   * @throws AbortError when the signal aborts
   */
  complete(request: ModelRequest, options: CompleteOptions): Promise<ModelReply>;
  /**
   * The fault that makes a whole reply useless: the server read only a part of the prompt (`prompt_truncated`).
   * null: the reply is fine.
   */
  findFault(request: ModelRequest, reply: ModelReply): RunnerError | null;
  /** Closes its sockets. */
  close(): Promise<void>;
}
