import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { Note } from "../../protocol/entity.ts";
import type { Context } from "../context.ts";
import { type EntityListOptions, listEntities } from "../entity-list.ts";
import { explain } from "../help.ts";
import { allOption, limitOption, renderList } from "../list.ts";
import type { Screen } from "../output.ts";
import { readProjectNames } from "../project-name.ts";
import { formatTable, summarizeSources } from "../table.ts";

export function registerNotes(program: Command, context: Context): void {
  const command = program
    .command("notes")
    .summary("List the active notes and their files")
    .description("List the active notes and the files they come from; --json also has their text")
    .addOption(limitOption())
    .addOption(allOption("show all, including archived ones"))
    .action(async (options: EntityListOptions) => {
      const client = await connect(context.paths, context.signal);
      const page = await listEntities(client, "note", "active", options);
      const projects = await readProjectNames(client, page.items);
      context.output.show(page, (shown, screen) =>
        renderList(shown, screen, "No notes.", (items) => renderNotes(items, projects, screen)),
      );
    });
  explain(command, {
    examples: [
      ["notes", "the newest 50"],
      ["notes --all --json", "every note with its text"],
      ["export md ~/Vault", "all of them as Markdown files"],
    ],
  });
}

function renderNotes(
  notes: readonly Note[],
  projects: ReadonlyMap<string, string>,
  screen: Screen,
): string[] {
  return formatTable(
    [
      { title: "note", cut: "never" },
      { title: "title" },
      { title: "tags", spare: true },
      { title: "project", spare: true },
      { title: "source", cut: "start", spare: true },
    ],
    notes.map((note) => [
      note.id,
      note.title,
      note.tags.join(", ") || "-",
      projects.get(note.project_id ?? "") ?? "-",
      summarizeSources(note.sources),
    ]),
    screen.width,
  );
}
