import { isAbort, RunnerError, toRunnerError } from "../core/errors.ts";
import type { Reservation } from "../protocol/budget.ts";
import type { Document, Frame } from "../protocol/document.ts";
import type { Warning } from "../protocol/warning.ts";
import type { CallLimits } from "./call-limit.ts";
import { REPLY_TOKENS } from "./model/model.ts";
import type {
  Message,
  Model,
  ModelReply,
  ModelRequest,
  ToolCall,
  ToolDescription,
} from "./model/model.ts";
import { createPrompt, fenceDocument } from "./prompt.ts";
import { explainEnd, startShortfall } from "./shortfall.ts";
import { describeTool, type Tool } from "./tool.ts";
import { type CallResult, createCaller } from "./tool-call.ts";
import { finish } from "./tools/finish.ts";
import { createReadWhole, READ_WHOLE } from "./tools/read-whole.ts";
import type { Workspace } from "./workspace.ts";

/*
 * The model loop of one job: ask, store the reply, run its tool calls, ask again, until the model is done
 * or the iterations are used up. It promises that every reply is stored before its calls run, that it never
 * asks again for a stored reply, and that the loop ends. It writes only to the workspace, which stages.
 * A crash costs at most the one request that had no reply yet.
 */

/** The stored replies of a job; the journal keeps them. */
export interface ReplyLog {
  /** The reply that an earlier attempt stored for this iteration (1-based), or undefined. */
  find(iteration: number): ModelReply | undefined;
  /**
   * Records that a request is about to be sent, and reserves its highest cost.
   *
   * @param bytes of its body
   * @throws {RunnerError} where a budget does not cover that cost
   * @throws AbortError where it may not be sent any more
   */
  open(iteration: number, reservation: Reservation, bytes: number): OpenRequest;
}

/** A request that is recorded as sent and has no reply yet. */
export interface OpenRequest {
  /**
   * Stores the reply, which is durable once this resolves; waits while the disk has no room for it.
   *
   * @throws AbortError when the signal aborts before that
   */
  answer(reply: ModelReply, signal: AbortSignal): Promise<void>;
  /** @param reply a reply that came and cannot be used; its cost is booked */
  fail(error: RunnerError, reply?: ModelReply): void;
}

/** The input of one job's loop. */
export interface LoopInput {
  instructions: string;
  frame: Frame;
  document: Document;
  model: Model;
  tools: readonly Tool[];
  workspace: Workspace;
  replies: ReplyLog;
  max_iterations: number;
  call_limits: CallLimits;
  /** Called before anything is sent. Throws while the endpoint must not be asked. */
  mayAsk?(): void;
  /** Once it aborts, the loop sends no further request; the request in flight may end and be stored. */
  stop: AbortSignal;
  /** Ends the request in flight. */
  abort: AbortSignal;
}

/** How the loop of a job ended. */
export interface LoopOutcome {
  /**
   * complete: the model called `finish`, or said it was done. capped: the iterations ended first; the staged writes are kept.
   * truncated: a reply was cut off. refused: a filter withheld it. bad_calls: several replies in a row without
   * a usable call. written_calls: calls as text that must not be run.
   */
  outcome: "complete" | "capped" | "truncated" | "refused" | "bad_calls" | "written_calls";
  iterations: number;
  /** The answers of the tools, by iteration. */
  tool_results: Map<number, string[]>;
  /** What the model wanted to record and could not. */
  warnings: Warning[];
}

// After so many replies in a row with only wrong calls, a model will not get them right.
const BAD_TURNS_ALLOWED = 3;
// After so many replies in a row that only repeat calls, a model may answer once more, without calls.
const IDLE_TURNS_ALLOWED = 2;

/**
 * Runs the loop of one job.
 *
 * @throws {RunnerError} the model's own: a fault of the endpoint, the key or the quota
 * @throws AbortError when `stop` aborts between requests, or `abort` during one
 */
export async function runLoop(input: LoopInput): Promise<LoopOutcome> {
  const { max_iterations, workspace, call_limits } = input;
  const { tools, descriptions } = toolsOf(input);
  const runCall = createCaller(tools, workspace, call_limits);
  const messages: Message[] = createPrompt(input);
  const tool_results = new Map<number, string[]>();
  const asked = new Set<string>();
  const shortfall = startShortfall();
  let badTurns = 0;
  let idleTurns = 0;
  let isNudged = false;
  let maxOutputTokens = REPLY_TOKENS;
  for (let iteration = 1; iteration <= max_iterations; iteration += 1) {
    // The last iteration is for the closing words, unless it is the only one.
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
    const at = { is_last: iteration === max_iterations, is_closed: isClosed, iteration };
    const end = (outcome: LoopOutcome["outcome"], stop = reply.stop): LoopOutcome => {
      const warnings = [...shortfall.warnings(), ...explainEnd({ ...reply, stop }, at)];
      return { outcome, iterations: iteration, tool_results, warnings };
    };
    if (reply.stop === "final") {
      const madeNoCalls = tool_results.size === 0 && !isClosing(reply.text);
      if (isNudged || !madeNoCalls || max_iterations - iteration < 2) return end("complete");
      isNudged = true;
      addHint(messages, NO_CALLS);
      continue;
    }
    if (isClosed) return isFinishAlone(reply) ? end("complete", "final") : end("capped");
    if (reply.stop === "length") {
      // Try once more with more room and fewer words, unless the next iteration is for the closing words.
      const isTriedAgain = maxOutputTokens > REPLY_TOKENS || max_iterations - iteration < 2;
      if (isTriedAgain) return end("truncated");
      maxOutputTokens *= 2;
      addHint(messages, CUT_OFF);
      continue;
    }
    if (reply.stop === "filter") return end("refused");
    if (reply.stop === "written") return end("written_calls");

    const signatures = reply.tool_calls.filter(isWork).map(signatureOf);
    const isIdle = signatures.every((call) => asked.has(call));
    for (const call of signatures) asked.add(call);
    idleTurns = isIdle ? idleTurns + 1 : 0;
    const { contents, results, is_finished } = runCalls(reply.tool_calls, runCall);
    shortfall.note(results);
    tool_results.set(iteration, contents);
    if (is_finished) return end("complete", "final");
    badTurns = results.some((result) => result.is_valid) ? 0 : badTurns + 1;
    if (badTurns === BAD_TURNS_ALLOWED) return end("bad_calls");
    if (iteration === max_iterations) return end("capped");
    messages.push({ role: "assistant", reply });
    for (const [index, call] of reply.tool_calls.entries()) {
      const isLastOne = index === reply.tool_calls.length - 1;
      const hint = isLastOne ? hintAfter(max_iterations - iteration, idleTurns) : "";
      const content = (contents[index] ?? "") + hint;
      messages.push({ role: "tool", tool_call_id: call.id, name: call.name, content });
    }
  }
  throw new RunnerError("internal", "A loop had no iteration.");
}

/** The tools of a job and their descriptions; `read_whole` last, so that the others are as in other jobs. */
function toolsOf({ tools, frame, document }: LoopInput): {
  tools: Tool[];
  descriptions: ToolDescription[];
} {
  const whole =
    frame.changes === undefined ? [] : [createReadWhole(fenceDocument(frame, document))];
  const descriptions = [...tools, finish, ...whole].map(describeTool);
  return { tools: [...tools, ...whole], descriptions };
}

function isWork({ name }: ToolCall): boolean {
  return name !== finish.name;
}

/** Whether a reply only says that the work is done, as closing words do. */
function isFinishAlone({ stop, tool_calls }: ModelReply): boolean {
  return stop === "calls" && !tool_calls.some(isWork);
}

/** Runs the calls of a reply. Each `finish` is answered after all others, since it counts only if they succeeded. */
function runCalls(
  calls: readonly ToolCall[],
  runCall: (call: ToolCall) => CallResult,
): { contents: string[]; results: CallResult[]; is_finished: boolean } {
  const ran = calls.map((call) => (isWork(call) ? runCall(call) : undefined));
  const results = ran.filter((result) => result !== undefined);
  const isRead = calls.some(({ name }) => name === READ_WHOLE);
  const isDone = !isRead && results.every(({ is_ok }) => is_ok);
  const contents = ran.map((result) => result?.content ?? (isDone ? FINISHED : NOT_FINISHED));
  return { contents, results, is_finished: isDone && results.length < calls.length };
}

async function ask(input: LoopInput, request: ModelRequest): Promise<ModelReply> {
  const stored = input.replies.find(request.iteration);
  if (stored !== undefined) return stored;
  input.stop.throwIfAborted();
  input.mayAsk?.();
  // Before the request is recorded as sent: a request without room is never sent.
  await input.model.ensureRoom(request, { signal: input.abort });
  const begin = (): OpenRequest =>
    input.replies.open(
      request.iteration,
      input.model.reserve(request),
      input.model.sizeOf(request),
    );
  let open = begin();
  let reply: ModelReply | undefined;
  try {
    // A copy, since the list grows with each reply and a model may keep it.
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

const FINISHED = JSON.stringify({ ok: true });

const NOT_FINISHED = JSON.stringify({
  ok: false,
  error:
    "Not finished: other calls of this reply failed, or asked for the document. Go on from their answers, then call finish.",
});

const CUT_OFF =
  "\n(Your reply was cut off before it ended, and nothing of it was recorded. Say it again in several shorter replies, with at most three tool calls each.)";

const NO_CALLS =
  "\n(Nothing has been recorded. Record what the document says by calling the tools. If it holds nothing worth recording, call finish alone.)";

/** Whether a text is one short sentence, as asked for; small models write the records as text, or nothing. */
function isClosing(text: string): boolean {
  return text !== "" && text.length <= 300;
}

/** Puts a hint at the end of the last message to the model. */
function addHint(messages: Message[], hint: string): void {
  const last = messages.at(-1);
  if (last === undefined || last.role === "assistant") return;
  messages.splice(-1, 1, { ...last, content: last.content + hint });
}

/** Equal for calls of one tool with the same arguments in any order. */
function signatureOf({ name, arguments: args }: ToolCall): string {
  const fields = Object.keys(args ?? {}).toSorted();
  return `${name} ${JSON.stringify(fields.map((field) => [field, args?.[field]]))}`;
}

/** The hint for the end of the last tool result: some servers refuse a user message after it. */
function hintAfter(left: number, idleTurns: number): string {
  if (left === 1 || idleTurns === IDLE_TURNS_ALLOWED)
    return "\n(This is the last reply. Answer with one short sentence and no tool call.)";
  if (idleTurns > 0) return "\n(You have made these calls before. Go on, or finish.)";
  return left === 2 ? "\n(Two replies are left. Finish recording in the next one.)" : "";
}
