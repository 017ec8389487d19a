import type { Command } from "commander";
import type { Client } from "../../client/client.ts";
import { connect } from "../../client/discover.ts";
import { oneLine } from "../../core/one-line.ts";
import type { ForgetAnswer } from "../../protocol/forget.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { findFiles } from "../file-target.ts";
import { formatCount } from "../format.ts";

export function registerForget(program: Command, context: Context): void {
  const command = program
    .command("forget")
    .description("Delete a file's stored text and conversations for good")
    .argument("<path>", "path or id of a file")
    .option("--yes", "do not ask for confirmation")
    .action(async (target: string, options: { yes?: true }) => {
      const client = await connect(context.paths, context.signal);
      const files = await findFiles(client, target);
      await warnOfCopies(client, files, context);
      const question = `Delete the stored text, conversations and quotes of ${target} for good?`;
      if (!(await confirm(question, options.yes, context))) {
        context.output.note("Nothing was forgotten.");
        return;
      }
      const items: ForgetAnswer[] = [];
      for (const { file_id } of files) items.push(await client.forgetFile(file_id));
      context.output.show({ items }, (shown) => shown.items.flatMap(renderForgotten));
    });
  explain(command, {
    more:
      "The file itself stays, and so do its tasks, notes and projects, without their quotes. They may repeat\n" +
      "its text: run `undo --file PATH` first to remove them too. What you typed about them on the page and did not\n" +
      "save goes. Identical copies of the file are forgotten with it. It is not sent again until it changes or you ask for it.",
    examples: [
      ["forget ~/Documents/Notes/letter.pdf", "asks first"],
      ["forget ~/Documents/Notes/letter.pdf --yes", "in a script"],
    ],
  });
}

/** Names what stays and may repeat the text. */
async function warnOfCopies(
  client: Client,
  files: readonly { file_id: string }[],
  { output }: Context,
): Promise<void> {
  const kept = new Map<string, string>();
  for (const { file_id } of files) {
    for (const { type, id, title } of (await client.file(file_id)).entities)
      kept.set(id, `  ${type} ${id} ${oneLine(title)}`);
  }
  if (kept.size === 0) return;
  output.note(
    [
      "These stay, and may repeat the text of the file:",
      ...[...kept.values()].slice(0, SHOWN),
      ...(kept.size > SHOWN ? [`  and ${kept.size - SHOWN} more`] : []),
      "To remove them too, run `undo --file PATH` first.",
    ].join("\n"),
  );
}

const SHOWN = 10;

function renderForgotten({ path, texts, replies, quotes, drafts, also }: ForgetAnswer): string[] {
  const purged = [
    formatCount(texts, "text"),
    replies === 1 ? "1 reply" : `${replies} replies`,
    formatCount(quotes, "quote"),
    ...(drafts === 0 ? [] : [formatCount(drafts, "unsaved text")]),
  ].join(", ");
  return [
    `Forgot ${path}: ${purged}.`,
    ...also.map((copy) => `  and of ${copy}, which has the same content`),
  ];
}
