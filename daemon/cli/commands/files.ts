import { statSync } from "node:fs";
import type { Command } from "commander";
import type { Client } from "../../client/client.ts";
import { connect } from "../../client/discover.ts";
import { CALL } from "../../core/call.ts";
import { sayOutcome } from "../../core/outcome.ts";
import { RunnerError } from "../../core/errors.ts";
import type { FileDetail } from "../../protocol/api.ts";
import {
  type File,
  type FileOutcome,
  fileOutcome,
  type FileState,
  fileState,
} from "../../protocol/file.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { toRealPath } from "../file-target.ts";
import { formatBytes, formatInstant } from "../format.ts";
import { allOption, choiceOption, limitOption, readPages, renderList } from "../list.ts";
import type { Screen } from "../output.ts";
import { formatFacts, formatTable } from "../table.ts";

export function registerFiles(program: Command, context: Context): void {
  const command = program
    .command("files")
    .description("List the known files and their states, or show one")
    .argument("[path]", "a file, or a directory for everything below it")
    .option("--agent <id>", "only this agent's files")
    .addOption(choiceOption("--state <state>", "only in this state", fileState.options))
    .addOption(
      choiceOption("--outcome <outcome>", "only done files with this outcome", fileOutcome.options),
    )
    .addOption(limitOption())
    .addOption(allOption())
    .action(
      async (
        target: string | undefined,
        options: { agent?: string; state?: FileState; outcome?: FileOutcome; limit: number },
      ) => {
        const client = await connect(context.paths, context.signal);
        const place = target === undefined ? undefined : toRealPath(target);
        const files = await readPages(options.limit, (page) =>
          client.files({
            ...page,
            path: place,
            agent_id: options.agent,
            state: options.state,
            outcome: options.outcome,
          }),
        );
        const [first, second] = files.items;
        if (first && !second && first.path === place) {
          context.output.show(await client.file(first.file_id), renderFile);
          return;
        }
        if (first === undefined && place !== undefined) await refuseUnknown(client, place);
        context.output.show(files, (shown, screen) =>
          renderList(shown, screen, "No files.", (items) => renderFiles(items, screen)),
        );
      },
    );
  explain(command, {
    examples: [
      ["files --state failed", "files that failed, and why"],
      ["files --outcome nothing_recorded", "files that are done and gave nothing"],
      ["files ~/Documents/Notes/plan.md", "one file, with its attempts and entities"],
    ],
  });
}

/** A directory that is there may have no known file. @throws file_not_found */
async function refuseUnknown(client: Client, place: string): Promise<void> {
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory()) return;
  const { items } = await client.files({ path: place, limit: 1 });
  if (items.length > 0) return;
  throw new RunnerError("file_not_found", `No agent knows ${place}.`, {
    hint: `List the known files with \`${CALL} files\`.`,
  });
}

function renderFiles(files: readonly File[], screen: Screen): string[] {
  return formatTable(
    [{ title: "path", cut: "start" }, { title: "state" }, { title: "reason" }, { title: "agent" }],
    files.map((file) => [file.path, file.state, reasonOf(file), file.agent_id]),
    screen.width,
  );
}

/** Why a file is in its state; of a done file, what is not as it should be. */
function reasonOf({ reason, error, outcome, warnings }: File): string {
  const why = reason ?? error?.code ?? (outcome === "recorded" ? null : outcome);
  const codes = new Set(warnings.map(({ code }) => code));
  return [...(why === null ? [] : [why]), ...codes].join(", ") || "-";
}

function renderFile(file: FileDetail): string[] {
  const reason = file.reason === null ? "" : `: ${file.reason}`;
  const next =
    file.next_attempt_at === null ? "" : `, next attempt ${formatInstant(file.next_attempt_at)}`;
  return formatFacts([
    ["file", file.path],
    ["id", file.file_id],
    ["agent", file.agent_id],
    ["state", file.state + reason + next],
    ...(file.outcome === null ? [] : [["outcome", sayOutcome(file.outcome)] as const]),
    ...(file.read === "changes" ? [["read", "what changed since the last version"] as const] : []),
    ["size", formatBytes(file.size)],
    ["changed", formatInstant(file.mtime)],
    ["done", formatInstant(file.processed_at)],
    ["hash", file.hash ?? "-"],
    ["attempts", String(file.attempts.length)],
    ...(file.error
      ? [["error", [file.error.message, file.error.hint ?? []].flat().join("\n")] as const]
      : []),
    ...file.warnings.map(({ message }) => ["warning", message] as const),
    ...file.entities.map(({ type, id, title }) => [type, `${id} ${title}`] as const),
  ]);
}
