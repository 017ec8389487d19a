import type { Model, ModelReply } from "../agent/model/model.ts";
import { createTestRequest, hasCalledTool } from "../agent/model/test-call.ts";
import { createAdmission, type ServerWords } from "../agents/admission.ts";
import type { Enlisted } from "../agents/enlist.ts";
import type { Roster } from "../agents/roster.ts";
import { type Clock, toInstant } from "../core/clock.ts";
import { hostOf, withoutUserinfo } from "../core/endpoint.ts";
import { isAbort, RunnerError, toRunnerError } from "../core/errors.ts";
import type { Destination } from "../core/sends.ts";
import type { Journal } from "../journal/open.ts";
import { isFree } from "../journal/reply-log.ts";
import { endTestCall, openTestCall } from "../journal/test-calls.ts";
import { RULES } from "../protocol/agent.ts";
import type { ModelTest } from "../protocol/model-test.ts";
import { claimAllowance } from "../queue/allowance.ts";
import { accountOf, type EndpointHolds } from "../queue/endpoint-holds.ts";

/*
 * One small request that shows whether a model works and calls tools, sent only when a person asks for it. It holds
 * nothing of the user's, keeps budgets and `sends`, and is listed like any other request. A crash leaves it as lost.
 */

export interface ModelTestOptions {
  journal: Journal;
  clock: Clock;
  roster: Roster;
  endpoints: EndpointHolds;
  servers: ServerWords;
}

/** @throws {RunnerError} for an agent without a model, for a budget or `sends` that forbids it, and for what the endpoint answers */
export async function testModel(options: ModelTestOptions, agentId: string): Promise<ModelTest> {
  const { clock, roster, endpoints } = options;
  const enlisted = roster.get(agentId);
  const { agent } = enlisted;
  if (agent.model.provider === RULES) {
    throw new RunnerError("invalid_request", `The agent ${agentId} uses the built-in rules.`, {
      hint: "Choose a model first; the rules need no test.",
    });
  }
  const signal = new AbortController().signal;
  const model = roster.model(enlisted);
  const destination = await admit(options, enlisted, signal);
  const account = accountOf(agent.model);
  if (account !== undefined) endpoints.check(account, "");
  const request = createTestRequest(toInstant(clock.now()));
  await model.ensureRoom(request, { signal });
  const reply = await ask(options, enlisted, { model, request, destination, signal });
  return {
    agent_id: agentId,
    model: model.name,
    base_url: withoutUserinfo(agent.model.base_url),
    calls_tools: hasCalledTool(reply),
    input_tokens: reply.usage?.input_tokens ?? null,
    output_tokens: reply.usage?.output_tokens ?? null,
    cost_usd: reply.cost_usd,
  };
}

/** Where the model of an agent is, if anything of the agent's directories may go there. */
async function admit(
  { journal, roster, servers }: ModelTestOptions,
  { agent }: Enlisted,
  signal: AbortSignal,
): Promise<Destination> {
  const admission = createAdmission({ journal, privacy: roster.privacy, servers }, agent.model);
  let refusal: RunnerError | undefined;
  for (const { path } of agent.directories) {
    const place = { file_id: "", agent_id: agent.id, path: `${path}/file`, root: path };
    try {
      const { destination } = await admission.admit([place], signal);
      if (destination !== null) return destination;
    } catch (error) {
      if (isAbort(error)) throw error;
      refusal = toRunnerError(error);
    }
  }
  throw (
    refusal ??
    new RunnerError("not_allowed", `Nothing of ${agent.id} may be sent to ${agent.model.name}.`, {
      hint: "Change `sends`, or choose another model.",
    })
  );
}

interface Asked {
  model: Model;
  request: ReturnType<typeof createTestRequest>;
  destination: Destination;
  signal: AbortSignal;
}

/** Asks once; each form of the request that an endpoint refuses is a request of its own. */
async function ask(
  options: ModelTestOptions,
  enlisted: Enlisted,
  { model, request, destination, signal }: Asked,
): Promise<ModelReply> {
  let open = begin(options, enlisted, { model, request, destination, signal });
  let reply: ModelReply | undefined;
  try {
    reply = await model.complete(request, {
      signal,
      onRefused(refusal) {
        open.end(refusal);
        open = begin(options, enlisted, { model, request, destination, signal });
      },
    });
    const fault = model.findFault(request, reply);
    if (fault !== null) throw fault;
    open.end(null, reply);
    return reply;
  } catch (error) {
    if (isAbort(error)) throw error;
    const fault = toRunnerError(error);
    open.end(fault, reply);
    throw fault;
  }
}

function begin(
  { journal, clock }: ModelTestOptions,
  { agent, allowances }: Enlisted,
  { model, request, destination }: Asked,
) {
  const now = (): string => toInstant(clock.now());
  const reservation = model.reserve(request);
  const seq = journal.transaction(() => {
    claimAllowance(journal, allowances, { agent_id: agent.id }, reservation, clock);
    const of = { agent_id: agent.id, provider: model.provider, model: model.name };
    const reserved = { reserved_tokens: reservation.tokens, reserved_usd: reservation.usd };
    const sent = {
      host: hostOf(model.endpoint) ?? destination.host,
      loopback: destination.is_loopback ? (1 as const) : (0 as const),
      bytes: model.sizeOf(request),
    };
    return openTestCall(journal, { ...of, ...reserved, ...sent }, now());
  });
  return {
    end(fault: RunnerError | null, reply?: ModelReply): void {
      const error =
        fault === null ? null : { code: fault.code, message: fault.message, hint: fault.hint };
      const cost_usd = fault !== null && isFree(fault.code) ? 0 : (reply?.cost_usd ?? null);
      const { input_tokens, cached_input_tokens, output_tokens } = reply?.usage ?? {
        input_tokens: null,
        cached_input_tokens: null,
        output_tokens: null,
      };
      const used = { input_tokens, cached_input_tokens, output_tokens, cost_usd };
      endTestCall(journal, seq, { error, ...used }, now());
    },
  };
}
