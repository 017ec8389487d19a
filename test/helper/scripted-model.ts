import type { Model, ModelReply, ModelRequest, ToolCall } from "../../daemon/agent/model/model.ts";

/** A reply, in as few words as the test needs; an error to throw; or a function that finds either. */
export type ModelStep =
  | ScriptedModelReply
  | Error
  | ((
      request: ModelRequest,
      signal: AbortSignal,
    ) => ScriptedModelReply | Promise<ScriptedModelReply>);

export interface ScriptedModelReply extends Partial<Omit<ModelReply, "tool_calls">> {
  /** A call without arguments of its own is one whose arguments could not be read. */
  calls?: readonly { name: string; arguments: Record<string, unknown> | null }[];
}

export interface ScriptedModel extends Model, Disposable {
  readonly requests: readonly ModelRequest[];
}

/** A model without a socket: one step for each request. Disposing throws when a step was left over. */
export function scriptedModel(steps: readonly ModelStep[]): ScriptedModel {
  const requests: ModelRequest[] = [];
  let calls = 0;

  function complete(reply: ScriptedModelReply): ModelReply {
    const { calls: asked = [], ...rest } = reply;
    const tool_calls = asked.map((call): ToolCall => {
      calls += 1;
      return {
        id: `call${String(calls).padStart(5, "0")}`,
        name: call.name,
        arguments: call.arguments,
        argument_error: call.arguments ? null : "The arguments are not valid JSON",
      };
    });
    return {
      text: "",
      tool_calls,
      stop: tool_calls.length > 0 ? "calls" : "final",
      usage: { input_tokens: 100, cached_input_tokens: 0, output_tokens: 20 },
      cost_usd: null,
      replay: {},
      ...rest,
    };
  }

  return {
    provider: "openai",
    name: "scripted",
    endpoint: null,
    window: null,
    is_unverified: false,
    is_reasoning_off: false,
    is_uncached: false,
    retires_on: null,
    findFault: () => null,
    ensureRoom: () => Promise.resolve(),
    requests,
    reserve: () => ({ tokens: 200, usd: null }),
    sizeOf: (request) => Buffer.byteLength(JSON.stringify(request)),
    async complete(request, { signal }) {
      signal.throwIfAborted();
      const step = steps[requests.length];
      requests.push(request);
      if (!step) throw new Error(`Request ${requests.length} of a script of ${steps.length}`);
      if (step instanceof Error) throw step;
      return complete(typeof step === "function" ? await step(request, signal) : step);
    },
    close: () => Promise.resolve(),
    [Symbol.dispose]() {
      if (requests.length < steps.length) {
        throw new Error(`${steps.length - requests.length} steps of the script were not used`);
      }
    },
  };
}
