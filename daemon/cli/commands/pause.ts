import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import { RunnerError } from "../../core/errors.ts";
import type { PauseAnswer } from "../../protocol/api.ts";
import { findAgentId } from "../agent-target.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { formatInstant } from "../format.ts";

export function registerPause(program: Command, context: Context): void {
  const command = program
    .command("pause")
    .summary("Stop sending to models for a while")
    .description("Send nothing more to models until you resume; changes are still noted")
    .argument("[agent]", "id or name of an agent; all agents if left out")
    .option("--for <time>", "how long, such as 30m, 1h or 2d", readMinutes)
    .action(async (agentId: string | undefined, { for: minutes }: { for?: number }) => {
      const client = await connect(context.paths, context.signal);
      const answer = await client.pause({
        ...(agentId !== undefined && { agent_id: await findAgentId(client, agentId) }),
        ...(minutes !== undefined && { minutes }),
      });
      context.output.show(answer, (shown) => [describePause(shown)]);
    });
  explain(command, {
    more: "The request in flight is finished and kept. A pause survives a restart.",
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
    .description("Resume after a pause")
    .argument("[agent]", "id or name of an agent; all agents if left out")
    .action(async (agentId: string | undefined) => {
      const client = await connect(context.paths, context.signal);
      const answer = await client.resume(
        agentId === undefined ? {} : { agent_id: await findAgentId(client, agentId) },
      );
      context.output.show(answer, (shown) => [
        shown.paused
          ? "Still paused, because all agents are: run `resume` without an agent."
          : "Resumed.",
      ]);
    });
  explain(command, {
    examples: [
      ["resume", "end the pause of all agents; one paused by name stays paused"],
      ["resume inbox", "one agent; a pause of all agents still holds"],
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
    `Expected a time for --for, such as 30m, 1h or 2d, got ${JSON.stringify(text)}.`,
    { hint: "Write a whole number and m, h or d." },
  );
}

function describePause({ paused_until }: PauseAnswer): string {
  return paused_until === null
    ? "Paused until you resume."
    : `Paused until ${formatInstant(paused_until)}.`;
}
