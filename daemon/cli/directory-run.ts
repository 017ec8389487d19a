import type { Client } from "../client/client.ts";
import { CALL } from "../core/call.ts";
import { RULES } from "../protocol/agent.ts";
import type { AgentView, TriggerOptions } from "../protocol/api.ts";
import type { Output } from "./output.ts";
import { describeOverlaps, reads } from "./overlap.ts";

/** How the id of an agent begins that is in no config. */
const AD_HOC = "adhoc-";

/**
 * Starts a run over one directory: by the agent of the config that reads it already, else by an agent without a
 * config. Says before that what a person should know.
 */
export async function startDirectoryRun(
  client: Client,
  { path, instructions }: { path: string; instructions: string | undefined },
  options: Omit<TriggerOptions, "paths">,
  output: Output,
): Promise<{ run_id: string }> {
  const agents = (await client.agents()).filter(({ enabled }) => enabled);
  const { model } = await client.status();
  const isIdle = instructions !== undefined && model.provider === RULES;
  if (isIdle) {
    output.note(
      `--instructions does nothing here: the built-in rules follow none. Choose a model with \`${CALL} models\`.`,
    );
  }
  const reader = agents.find((agent) => !agent.id.startsWith(AD_HOC) && reads(agent, path));
  if (reader !== undefined && (instructions === undefined || isIdle)) {
    output.note(`The agent ${reader.id} reads ${path} already, so it does this run.`);
    const isWhole = reader.directories.some((own) => own.path === path);
    return client.trigger(reader.id, { ...options, paths: isWhole ? null : [path] });
  }
  const isSame = (agent: AgentView): boolean =>
    agent.id.startsWith(AD_HOC) &&
    agent.directories.every((own) => own.path === path) &&
    agent.instructions.trim() === (instructions ?? "").trim();
  const others = agents.filter((agent) => !isSame(agent));
  for (const overlap of describeOverlaps(path, others)) output.note(overlap);
  const named = instructions === undefined ? {} : { instructions };
  return client.triggerAdHoc({ directories: [{ path }], ...named, ...options });
}
