// Asks models one small request each, for a person who just chose one or wants to know whether they work.
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../client/client.ts";
import { CALL } from "../core/call.ts";
import { sayUsd } from "../core/money.ts";
import { RunnerError } from "../core/errors.ts";
import { RULES } from "../protocol/agent.ts";
import type { AgentView } from "../protocol/api.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import type { ModelTest } from "../protocol/model-test.ts";
import type { Context } from "./context.ts";
import { type DaemonSession, openDaemon } from "./daemon-session.ts";

interface NamedModel {
  base_url: string;
  name: string;
}

const POLL_MS = 200;
// A running daemon reads an edited config within a second or two.
const APPLIED_MS = 5_000;

/** Asks a model that was just written into the config. Whatever it shows is said, and the choice stays. */
export async function testChosen(context: Context, chosen: NamedModel): Promise<void> {
  const { output } = context;
  try {
    await using session = await openDaemon(context);
    const agent = await findUser(session, chosen, context.signal);
    if (agent === undefined) {
      output.note(`No enabled agent uses ${chosen.name}, so it was not tested.`);
      return;
    }
    output.note(`Asking ${chosen.name} once…`);
    output.note(say(await session.client.testModel(agent.id)));
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    output.note(`The test of ${chosen.name} failed: ${error.message} ${error.hint ?? ""}`.trim());
  }
}

/** An enabled agent that uses a model, once the daemon has read the config. */
async function findUser(
  { client, isOwn }: DaemonSession,
  { base_url, name }: NamedModel,
  signal: AbortSignal,
): Promise<AgentView | undefined> {
  // A daemon of this command's own started with the new config.
  const deadline = performance.now() + (isOwn ? 0 : APPLIED_MS);
  for (;;) {
    const agents = await client.agents();
    const user = agents.find(
      ({ enabled, model }) =>
        enabled && model.provider !== RULES && model.base_url === base_url && model.name === name,
    );
    if (user !== undefined || performance.now() > deadline) return user;
    await wait(POLL_MS, undefined, { signal });
  }
}

/** Asks the model of each enabled agent, each model once. */
export async function callModels(context: Context): Promise<DiagnosisFinding[]> {
  try {
    await using session = await openDaemon(context);
    const agents = await session.client.agents();
    const asked = Map.groupBy(
      agents.filter(({ enabled, model }) => enabled && model.provider !== RULES),
      ({ model }) => JSON.stringify(model),
    );
    const findings: DiagnosisFinding[] = [];
    for (const [agent] of asked.values()) {
      if (agent !== undefined) findings.push(await callModel(session.client, agent.id));
    }
    return findings;
  } catch (error) {
    return [toFinding(error, null)];
  }
}

async function callModel(client: Client, agentId: string): Promise<DiagnosisFinding> {
  try {
    const test = await client.testModel(agentId);
    const of = { check: "model", agent_id: agentId, message: say(test) } as const;
    if (test.calls_tools) return { ...of, level: "ok", code: "ok", hint: null };
    const hint = `Choose a model that supports tool calling with \`${CALL} models\`.`;
    return { ...of, level: "problem", code: "model_calls_no_tools", hint };
  } catch (error) {
    return toFinding(error, agentId);
  }
}

function toFinding(error: unknown, agent_id: string | null): DiagnosisFinding {
  if (!(error instanceof RunnerError)) throw error;
  const { code, message, hint } = error;
  return { check: "model", level: "problem", code, agent_id, message, hint };
}

function say({ model, calls_tools, input_tokens, output_tokens, cost_usd }: ModelTest): string {
  const tokens =
    input_tokens === null || output_tokens === null
      ? "tokens not reported"
      : `${input_tokens} tokens in, ${output_tokens} out`;
  const cost = cost_usd === null ? "price unknown" : sayUsd(cost_usd);
  const what = calls_tools
    ? "answers and calls tools"
    : "answers, but calls no tool when it is asked to";
  return `${model} ${what} (${tokens}, ${cost}).`;
}
