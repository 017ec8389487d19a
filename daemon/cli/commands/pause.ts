import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import { RunnerError } from "../../core/errors.ts";
import type { PauseAnswer } from "../../protocol/api.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { formatInstant } from "../format.ts";

export function registerPause(program: Command, context: Context): void {
  const command = program
    .command("pause")
    .summary("Send nothing to a model for a while")
    .description("Send nothing more to a model until it is resumed; changes are still noted")
    .argument("[agent]", "id of an agent; all where it is left out")
    .option("--for <time>", "how long, such as 30m, 1h or 2d", readMinutes)
    .action(async (agentId: string | undefined, { for: minutes }: { for?: number }) => {
      const client = await connect(context.paths, context.signal);
      const answer = await client.pause({
        ...(agentId !== undefined && { agent_id: agentId }),
        ...(minutes !== undefined && { minutes }),
      });
      context.output.show(answer, (shown) => [describePause(shown)]);
    });
  explain(command, {
    more: "The request in flight is finished and kept. A pause outlasts a restart.",
    examples: [
      ["pause", "all agents, until `resume`"],
      ["pause --for 1h", "all agents, for an hour"],
      ["pause inbox --for 2d", "one agent, for two days"],
    ],
  });
}

export function registerResume(program: Command, context: Context): void {
  const command = program
    .command("resume")
    .description("Go on after a pause")
    .argument("[agent]", "id of an agent; all where it is left out")
    .action(async (agentId: string | undefined) => {
      const client = await connect(context.paths, context.signal);
      const answer = await client.resume(agentId === undefined ? {} : { agent_id: agentId });
      context.output.show(answer, (shown) => [
        shown.paused ? "Still paused: all agents are; resume without a name." : "Resumed.",
      ]);
    });
  explain(command, {
    examples: [
      ["resume", "ends the pause of all; an agent that was paused by its name stays so"],
      ["resume inbox", "one agent; a pause of all outranks it"],
    ],
  });
}

const UNIT_MINUTES: Record<string, number> = { m: 1, h: 60, d: 1440 };

function readMinutes(text: string): number {
  const [, count = "", unit = ""] = /^(\d+)([mhd])$/u.exec(text) ?? [];
  const minutes = Number(count) * (UNIT_MINUTES[unit] ?? 0);
  if (minutes > 0) return minutes;
  throw new RunnerError(
    "invalid_request",
    `--for: expected a time such as 30m, 1h or 2d, got ${text}`,
  );
}

function describePause({ paused_until }: PauseAnswer): string {
  return paused_until === null
    ? "Paused until it is resumed."
    : `Paused until ${formatInstant(paused_until)}.`;
}
