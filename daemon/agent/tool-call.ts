import { z } from "zod";
import { type CallLimits, startCounting } from "./call-limit.ts";
import { disarm } from "./disarm.ts";
import type { ToolCall } from "./model/model.ts";
import type { Tool, ToolOutcome } from "./tool.ts";
import { READ_WHOLE } from "./tools/read-whole.ts";
import type { Workspace } from "./workspace.ts";

// A long list must not push the document out of a small context window.
const MAX_RESULT_CHARS = 8_000;

/** The result of a call: the text that the model reads, and whether the call could be run. */
export interface CallResult {
  content: string;
  is_valid: boolean;
  /** The call did what it asked for. */
  is_ok: boolean;
  /** The call was not run, because the job made too many of its kind. */
  is_beyond_limit?: true;
}

/** Gives the function that runs the calls of one job. A call beyond its limit is refused, and the model reads why. */
export function createCaller(
  tools: readonly Tool[],
  workspace: Workspace,
  limits: CallLimits,
): (call: ToolCall) => CallResult {
  const findLimit = startCounting(limits);
  return (call) => {
    const kind = findLimit(call.name);
    if (kind === undefined) return runToolCall(call, tools, workspace);
    const error = `The limit of ${limits[kind]} ${kind} calls per file is reached.`;
    // Valid, so that what the job recorded before is kept.
    return {
      content: toContent({ ok: false, error }),
      is_valid: true,
      is_ok: false,
      is_beyond_limit: true,
    };
  };
}

/**
 * Runs one tool call against the workspace. Never throws for a mistake of the model: an unknown tool,
 * arguments of the wrong shape and a refused write are results that the model reads and can correct.
 */
export function runToolCall(
  call: ToolCall,
  tools: readonly Tool[],
  workspace: Workspace,
): CallResult {
  const tool = tools.find((candidate) => candidate.name === call.name);
  if (tool === undefined) {
    const names = tools.map((candidate) => candidate.name).join(", ");
    return invalid(`There is no tool ${JSON.stringify(call.name)}. The tools are: ${names}.`);
  }
  if (call.arguments === null) {
    return invalid(call.argument_error ?? "The arguments are not a JSON object.");
  }
  const outcome = tool.run(call.arguments, workspace);
  if (outcome instanceof z.ZodError) return invalid(explainIssues(outcome, call.arguments));
  if (tool.name === READ_WHOLE && outcome.ok) {
    return { content: String(outcome["text"]), is_valid: true, is_ok: true };
  }
  return { content: toContent(outcome), is_valid: true, is_ok: outcome.ok };
}

function invalid(error: string): CallResult {
  return { content: toContent({ ok: false, error }), is_valid: false, is_ok: false };
}

function explainIssues(error: z.ZodError, args: Record<string, unknown>): string {
  const issues = error.issues.slice(0, 5).map((issue) => {
    const name = issue.path.join(".");
    const value =
      JSON.stringify(issue.path.reduce<unknown>(read, args))?.slice(0, 100) ?? "nothing";
    return `${name === "" ? "arguments" : name}: ${issue.message}; got ${value}`;
  });
  return `Nothing was recorded. ${issues.join(". ")}.`;
}

function read(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function toContent(outcome: ToolOutcome): string {
  const text = disarm(JSON.stringify(outcome));
  if (text.length <= MAX_RESULT_CHARS) return text;
  // Don't split a surrogate pair: some endpoints then refuse the whole request.
  return `${text.slice(0, MAX_RESULT_CHARS).toWellFormed()} … (cut; narrow the filter to see the rest)`;
}
