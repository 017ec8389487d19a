import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { Note } from "../../protocol/entity.ts";
import type { Context } from "../context.ts";
import { droppedOption, type EntityListOptions, listEntities } from "../entity-list.ts";
import { explain } from "../help.ts";
import { allOption, limitOption, renderList } from "../list.ts";
import type { Screen } from "../output.ts";
import { readProjectNames } from "../project-name.ts";
import { escapeText } from "../text.ts";
import { formatFacts, formatTable, summarizeSources } from "../table.ts";

/** `notes`, which lists, and `notes show`. */
export function registerNotes(program: Command, context: Context): void {
  const command = program
    .command("notes")
    .summary("List the active notes; show one")
    .description("List the active notes and the files they come from; --json also has their text")
    .addOption(limitOption())
    .addOption(allOption("show all, including archived ones"))
    .addOption(droppedOption())
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
      ["notes show note_0gfy5h9p1v9aa8hx5vna", "one note with its text"],
      ["notes --all --json", "every note with its text"],
      ["export md ~/Vault", "all of them as Markdown files"],
    ],
  });
  registerShow(command, context);
}

function registerShow(notes: Command, context: Context): void {
  const command = notes
    .command("show")
    .description("Show one note with its text and the files it comes from")
    .argument("<id>", "id of a note")
    .action(async (id: string) => {
      const client = await connect(context.paths, context.signal);
      const note = await client.entity("note", id);
      const projects = await readProjectNames(client, [note]);
      // A rendered text has its line breaks escaped, so the body is split before.
      const lines = note.body.split("\n").map(escapeText);
      context.output.show(note, (shown) => [...renderNote(shown, projects), "", ...lines]);
    });
  explain(command, {
    examples: [
      ["notes show note_0gfy5h9p1v9aa8hx5vna", "the text, and the files it comes from"],
      ["notes show note_0gfy5h9p1v9aa8hx5vna --json", "with every field"],
    ],
  });
}

function renderNote(note: Note, projects: ReadonlyMap<string, string>): string[] {
  return [
    note.title,
    "",
    ...formatFacts([
      ["id", note.id],
      ["status", note.status],
      ["tags", note.tags.join(", ") || "-"],
      ["project", projects.get(note.project_id ?? "") ?? "-"],
      ...note.sources.map(({ path }) => ["source", path ?? "-"] as const),
    ]),
  ];
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
