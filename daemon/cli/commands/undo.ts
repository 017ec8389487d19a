import { type Command, InvalidArgumentError } from "commander";
import type { Client } from "../../client/client.ts";
import { connect } from "../../client/discover.ts";
import { RunnerError } from "../../core/errors.ts";
import { ENTITY_TYPES, type EntityType } from "../../protocol/entity.ts";
import type { Kept, KeptReason, UndoAnswer } from "../../protocol/undo.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { findFiles } from "../file-target.ts";
import { formatCount } from "../format.ts";
import type { Screen } from "../output.ts";
import { formatTable } from "../table.ts";
import { CALL } from "../../core/call.ts";

interface UndoOptions {
  file?: string;
  agent?: string;
  since?: string;
  yes?: true;
}

const REASONS: Readonly<Record<KeptReason, string>> = {
  edited_by_user: "you edited it",
  deleted_by_user: "you deleted it",
  changed_later: "it was changed later",
  other_source: "another file says it too",
  has_members: "tasks or notes belong to it",
  name_taken: "another active project has that name",
};

export function registerUndo(program: Command, context: Context): void {
  const command = program
    .command("undo")
    .description("Undo what a run, a file or an agent changed")
    .argument("[run]", "id of a run")
    .option("--file <path>", "undo what came from this file")
    .option("--agent <id>", "undo what this agent did since --since")
    .option(
      "--since <time>",
      "only from then on, such as 2026-11-20 or 2026-11-20T14:00",
      parseSince,
    )
    .option("--yes", "do not ask for confirmation")
    .action(async (runId: string | undefined, options: UndoOptions) => {
      const what = describe(runId, options);
      const client = await connect(context.paths, context.signal);
      const undos = await toUndos(client, runId, options);
      if (!(await confirm(`Undo ${what}?`, options.yes, context))) {
        context.output.note("Nothing was undone.");
        return;
      }
      const answers: UndoAnswer[] = [];
      for (const undo of undos) answers.push(await undo());
      const whole = {
        undo_ids: answers.map(({ undo_id }) => undo_id),
        reverted: answers.reduce((sum, { reverted }) => sum + reverted, 0),
        kept: await withTitles(
          client,
          answers.flatMap(({ kept }) => kept),
        ),
      };
      context.output.show(whole, renderUndo);
    });
  explain(command, {
    more:
      "What you edited stays, and so does what other files say too. The files are skipped as `undone` until they\n" +
      "change; `retry FILE` or `run AGENT --force` reads them again.",
    examples: [
      ["undo run_0123456789", "what this run did"],
      ["undo --file ~/Documents/Notes/plan.md", "what came from this file"],
      ["undo --agent inbox --since 2026-11-20", "what this agent did from that day on"],
    ],
  });
}

function parseSince(text: string): string {
  const ms = Date.parse(/^\d{4}-\d\d-\d\d$/u.test(text) ? `${text}T00:00` : text);
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError("Expected a time such as 2026-11-20 or 2026-11-20T14:00.");
  }
  return new Date(ms).toISOString();
}

/** What to undo, in words. @throws invalid_request unless the options name exactly one thing */
function describe(runId: string | undefined, { file, agent, since }: UndoOptions): string {
  const targets = [runId, file, agent].filter((target) => target !== undefined);
  if (
    targets.length !== 1 ||
    (agent !== undefined) !== (since !== undefined && file === undefined)
  ) {
    throw new RunnerError(
      "invalid_request",
      "Expected either a run, --file PATH, or --agent ID with --since TIME.",
      { hint: `List the runs with \`${CALL} runs\`.` },
    );
  }
  if (runId !== undefined) return `what ${runId} did`;
  const from = since === undefined ? "" : ` since ${since}`;
  return file === undefined
    ? `what the agent ${agent} did${from}`
    : `what came from ${file}${from}`;
}

async function toUndos(
  client: Client,
  runId: string | undefined,
  { file, agent, since }: UndoOptions,
): Promise<(() => Promise<UndoAnswer>)[]> {
  if (runId !== undefined) return [() => client.undoRun(runId)];
  const from = since === undefined ? {} : { since };
  if (agent !== undefined) return [() => client.undo({ agent_id: agent, ...from })];
  const files = await findFiles(client, file ?? "");
  return files.map(
    ({ file_id }) =>
      () =>
        client.undo({ file_id, ...from }),
  );
}

interface TitledKept extends Kept {
  title: string | null;
}

async function withTitles(client: Client, kept: readonly Kept[]): Promise<TitledKept[]> {
  const titles = new Map<string, string | null>();
  for (const { id } of kept) if (!titles.has(id)) titles.set(id, await findTitle(client, id));
  return kept.map((one) => ({ ...one, title: titles.get(one.id) ?? null }));
}

/** The title of an entity; null if it is deleted. */
async function findTitle(client: Client, id: string): Promise<string | null> {
  const type = ENTITY_TYPES.find((one): one is EntityType => id.startsWith(`${one}_`));
  if (type === undefined) return null;
  try {
    const entity = await client.entity(type, id);
    return "name" in entity ? entity.name : entity.title;
  } catch (error) {
    if (error instanceof RunnerError && error.code === "entity_not_found") return null;
    throw error;
  }
}

function renderUndo(
  { reverted, kept }: { reverted: number; kept: readonly TitledKept[] },
  screen: Screen,
): string[] {
  const lines = [`Undid ${formatCount(reverted, "change")}.`];
  if (kept.length === 0) return lines;
  const rows = kept.map(({ id, title, field, reason }) => [
    id,
    title ?? "-",
    field ?? "-",
    REASONS[reason],
  ]);
  const columns = [
    { title: "kept", cut: "never" },
    { title: "title" },
    { title: "field" },
    { title: "because" },
  ] as const;
  return [...lines, "", ...formatTable(columns, rows, screen.width)];
}
