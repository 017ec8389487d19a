import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import { type SearchItem, searchType } from "../../protocol/search.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { allOption, choiceOption, limitOption, readPages, renderList } from "../list.ts";
import type { Screen } from "../output.ts";
import { clip } from "../text.ts";

export function registerSearch(program: Command, context: Context): void {
  const command = program
    .command("search")
    .summary("Search projects, tasks, notes and files")
    .description("Search projects, tasks, notes and the text of files; best matches first")
    .argument("<query...>", "words, or beginnings of words, that must all occur")
    .addOption(choiceOption("--type <type>", "only of this type", searchType.options))
    .addOption(limitOption().default(20))
    .addOption(allOption())
    .action(async (query: string[], options: { type?: SearchItem["type"]; limit: number }) => {
      const client = await connect(context.paths, context.signal);
      const page = await readPages(options.limit, (part) =>
        client.search({ ...part, q: query.join(" "), type: options.type }),
      );
      context.output.show(page, (shown, screen) =>
        renderList(shown, screen, "Nothing found.", (items) => renderItems(items, screen)),
      );
    });
  explain(command, {
    examples: [
      ["search budget kitchen", "everything with both words"],
      ["search bud --type task", "tasks with a word that begins with bud"],
    ],
  });
}

function renderItems(items: readonly SearchItem[], screen: Screen): string[] {
  return items.flatMap(({ type, id, title, snippet, status, path }) => [
    `${screen.style("bold", title)}  ${type}${status === null ? "" : `, ${status}`}  ${path ?? id}`,
    ...(snippet === "" ? [] : [clip(`  ${snippet}`, screen.width)]),
  ]);
}
