import type { RunnerError } from "../core/errors.ts";
import { isAbort, toRunnerError } from "../core/errors.ts";
import type { Reservation } from "../protocol/budget.ts";
import type { Document, Frame } from "../protocol/document.ts";
import { REPLY_TOKENS } from "./model/model.ts";
import type { Message, Model, ModelReply, ModelRequest, ToolCall } from "./model/model.ts";
import { createPrompt } from "./prompt.ts";
import { describeTool, type Tool } from "./tool.ts";
import { runToolCall } from "./tool-call.ts";
import type { Workspace } from "./workspace.ts";

/*
 * The model loop of one job: ask, store the reply, run its tool calls, ask again, until the model is done
 * or the iterations are. It promises that every reply is stored before its calls run, that a stored reply
 * is never asked for again, and that the loop ends. It writes nothing but to the workspace, which stages.
 * A crash costs at most the one request that had no reply yet.
 */

/** The replies of a job that are kept, and the place to keep the next; the journal has it. */
export interface ReplyLog {
  /** The reply that an earlier attempt stored for this iteration (1-based), or undefined. */
  find(iteration: number): ModelReply | undefined;
  /**
   * Writes that a request is about to be sent, and reserves what it may come to.
   *
   * @throws {RunnerError} where a budget does not cover that
   */
  open(iteration: number, reservation: Reservation): OpenRequest;
}

export interface OpenRequest {
  /**
   * Keeps the reply, which is durable once this resolves; waits while there is no room for it.
   *
   * @throws AbortError when the signal aborts before that
   */
  answer(reply: ModelReply, signal: AbortSignal): Promise<void>;
  /** @param reply one that came and cannot be used: what it cost is booked */
  fail(error: RunnerError, reply?: ModelReply): void;
}

export interface LoopInput {
  instructions: string;
  frame: Frame;
  document: Document;
  model: Model;
  tools: readonly Tool[];
  workspace: Workspace;
  replies: ReplyLog;
  max_iterations: number;
  /** No further request is begun once this aborts; the one in flight may end and be stored. */
  stop: AbortSignal;
  /** Ends the request in flight. */
  abort: AbortSignal;
}

export interface LoopOutcome {
  /**
   * complete: the model said it was done. capped: the iterations ended first; what is staged stands.
   * truncated: a reply was cut off. refused: a filter withheld it. bad_calls: no usable call, again and again.
   * written_calls: calls as text that must not be run.
   */
  outcome: "complete" | "capped" | "truncated" | "refused" | "bad_calls" | "written_calls";
  iterations: number;
  /** What the tools answered, by iteration. */
  tool_results: Map<number, string[]>;
}

// A model that gets every call wrong this often in a row will not get them right.
const BAD_TURNS_ALLOWED = 3;
// One that only repeats itself so often in a row is given its last word.
const IDLE_TURNS_ALLOWED = 2;

/**
 * Runs the loop of one job.
 *
 * @throws {RunnerError} what the model throws: a fault of the endpoint, the key or the quota
 * @throws AbortError when `stop` aborts between requests, or `abort` during one
 */
export async function runLoop(input: LoopInput): Promise<LoopOutcome> {
  const { workspace, tools, max_iterations } = input;
  const messages: Message[] = createPrompt(input);
  const descriptions = tools.map(describeTool);
  const tool_results = new Map<number, string[]>();
  const asked = new Set<string>();
  let badTurns = 0;
  let idleTurns = 0;
  let isNudged = false;
  let maxOutputTokens = REPLY_TOKENS;
  for (let iteration = 1; iteration <= max_iterations; iteration += 1) {
    // The last iteration is for the closing words; where it is the only one, it is for the work.
    const isLast = iteration === max_iterations && iteration > 1;
    const isClosed = isLast || idleTurns === IDLE_TURNS_ALLOWED;
    const reply = await ask(input, {
      messages,
      tools: descriptions,
      may_call_tools: !isClosed,
      max_output_tokens: maxOutputTokens,
      iteration,
      document: input.document,
      frame: input.frame,
    });
    const end = (outcome: LoopOutcome["outcome"]): LoopOutcome => ({
      outcome,
      iterations: iteration,
      tool_results,
    });
    if (reply.stop === "final") {
      const madeNoCalls = tool_results.size === 0 && !isClosing(reply.text);
      if (isNudged || !madeNoCalls || max_iterations - iteration < 2) return end("complete");
      isNudged = true;
      addHint(messages, NO_CALLS);
      continue;
    }
    if (isClosed) return end("capped");
    if (reply.stop === "length") {
      // Once more with more room and fewer words, unless the next is for the closing ones.
      const isTriedAgain = maxOutputTokens > REPLY_TOKENS || max_iterations - iteration < 2;
      if (isTriedAgain) return end("truncated");
      maxOutputTokens *= 2;
      addHint(messages, CUT_OFF);
      continue;
    }
    if (reply.stop === "filter") return end("refused");
    if (reply.stop === "written") return end("written_calls");

    const isIdle = reply.tool_calls.map(signatureOf).every((call) => asked.has(call));
    for (const call of reply.tool_calls) asked.add(signatureOf(call));
    idleTurns = isIdle ? idleTurns + 1 : 0;
    const results = reply.tool_calls.map((call) => runToolCall(call, tools, workspace));
    badTurns = results.some((result) => result.is_valid) ? 0 : badTurns + 1;
    const contents = results.map((result) => result.content);
    tool_results.set(iteration, contents);
    if (badTurns === BAD_TURNS_ALLOWED) return end("bad_calls");
    messages.push({ role: "assistant", reply });
    for (const [index, call] of reply.tool_calls.entries()) {
      const isLastResult = index === reply.tool_calls.length - 1;
      const hint = isLastResult ? hintAfter(max_iterations - iteration, idleTurns) : "";
      const content = (contents[index] ?? "") + hint;
      messages.push({ role: "tool", tool_call_id: call.id, name: call.name, content });
    }
  }
  return { outcome: "capped", iterations: max_iterations, tool_results };
}

async function ask(input: LoopInput, request: ModelRequest): Promise<ModelReply> {
  const stored = input.replies.find(request.iteration);
  if (stored !== undefined) return stored;
  input.stop.throwIfAborted();
  // Before it is written down as sent: what has no room is never sent.
  await input.model.ensureRoom(request, { signal: input.abort });
  const begin = (): OpenRequest =>
    input.replies.open(request.iteration, input.model.reserve(request));
  let open = begin();
  let reply: ModelReply | undefined;
  try {
    // Messages grow while replies come; a model may keep what it was given.
    reply = await input.model.complete(
      { ...request, messages: [...request.messages] },
      {
        signal: input.abort,
        onRefused(refusal) {
          open.fail(refusal);
          input.stop.throwIfAborted();
          open = begin();
        },
      },
    );
    const found = input.model.findFault(request, reply);
    if (found !== null) throw found;
    await open.answer(reply, input.abort);
    return reply;
  } catch (error) {
    if (isAbort(error)) throw error;
    const fault = toRunnerError(error);
    open.fail(fault, reply);
    throw fault;
  }
}

const CUT_OFF =
  "\n(Your reply was cut off before it ended, and nothing of it was recorded. Say it again in several shorter replies, with at most three tool calls each.)";

const NO_CALLS =
  "\n(Nothing has been recorded. Record what the document says by calling the tools. If it holds nothing worth recording, answer with one short sentence.)";

/** One short sentence, as it was asked for; small models write what they should record instead, or nothing. */
function isClosing(text: string): boolean {
  return text !== "" && text.length <= 300;
}

/** Puts a hint at the end of the last message, which is one to the model. */
function addHint(messages: Message[], hint: string): void {
  const last = messages.at(-1);
  if (last === undefined || last.role === "assistant") return;
  messages.splice(-1, 1, { ...last, content: last.content + hint });
}

/** The same for calls of the same tool with the same arguments, in whatever order they are named. */
function signatureOf({ name, arguments: args }: ToolCall): string {
  const fields = Object.keys(args ?? {}).toSorted();
  return `${name} ${JSON.stringify(fields.map((field) => [field, args?.[field]]))}`;
}

/** Hints ride in the last tool result: some servers refuse a user message after it. */
function hintAfter(left: number, idleTurns: number): string {
  if (left === 1 || idleTurns === IDLE_TURNS_ALLOWED)
    return "\n(This is the last reply. Answer with one short sentence and no tool call.)";
  if (idleTurns > 0) return "\n(You have made these calls before. Go on, or finish.)";
  return left === 2 ? "\n(Two replies are left. Finish recording in the next one.)" : "";
}
