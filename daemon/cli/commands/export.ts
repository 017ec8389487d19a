import path from "node:path";
import { Argument, type Command } from "commander";
import type { Client } from "../../client/client.ts";
import { realPath } from "../../config/resolve.ts";
import { isWithin } from "../../core/within.ts";
import { RunnerError } from "../../core/errors.ts";
import { type Export, type ExportFormat, exportFormat } from "../../protocol/export.ts";
import type { Context } from "../context.ts";
import { openDaemon } from "../daemon-session.ts";
import { toCalendar } from "../export/calendar.ts";
import { type Entities, readEntities } from "../export/entities.ts";
import { toSpreadsheets } from "../export/spreadsheet.ts";
import { toVault } from "../export/vault.ts";
import { writeExport } from "../export/write.ts";
import { formatCount } from "../format.ts";
import { explain } from "../help.ts";
import type { Screen } from "../output.ts";

interface Options {
  bom?: true;
  raw?: true;
}

export function registerExport(program: Command, context: Context): void {
  const command = program
    .command("export")
    .summary("Write everything as Markdown, CSV or iCalendar")
    .description("Write all notes, tasks and projects into a directory")
    .addArgument(new Argument("<format>", "file format").choices(exportFormat.options))
    .argument("<dir>", "a directory; created if missing")
    .option("--bom", "csv only: begin with a byte order mark, so that Excel reads UTF-8")
    .option(
      "--raw",
      "md only: write texts as they are; what they load or run, your editor may load or run",
    )
    .action(async (format: ExportFormat, dir: string, options: Options) => {
      if (options.raw && format !== "md") {
        throw new RunnerError("invalid_request", `Expected md with --raw, got ${format}.`, {
          hint: "Leave out --raw, or export md.",
        });
      }
      if (options.bom && format !== "csv") {
        throw new RunnerError("invalid_request", `Expected csv with --bom, got ${format}.`, {
          hint: "Leave out --bom, or export csv.",
        });
      }
      const directory = realPath(path.resolve(dir));
      await using session = await openDaemon(context);
      await refuseWatched(session.client, directory);
      const files = render(await readEntities(session.client), format, options);
      const result = writeExport(directory, format, files);
      context.output.show(result, renderExport);
      if (result.kept.length > 0) context.exitCode = 1;
    });
  explain(command, {
    more: `md   a vault of linked files: one for each note and project, and a task list for each project; pictures, HTML,
     embeds, queries and all links but http, https and mailto become text
csv  tasks.csv, notes.csv and projects.csv; an apostrophe precedes what a spreadsheet would calculate
ics  tasks.ics with to-dos (VTODO), which to-do apps and some calendars read

A repeated export writes only what changed, and removes its own files of entities that are gone. It leaves files
that it did not write or that you edited. An agent never reads an exported file; don't export into a directory that
one reads.`,
    examples: [
      ["export md ~/Vault", "for Obsidian, or any editor"],
      ["export csv ~/Tables --bom", "for Excel"],
      ["export ics ~/Calendar", "to import into a to-do app"],
    ],
    exits: [[1, "some files were left, because an export did not write them or you edited them"]],
  });
}

function render(entities: Entities, format: ExportFormat, options: Options): Map<string, string> {
  switch (format) {
    case "md":
      return toVault(entities, { raw: options.raw === true });
    case "csv":
      return toSpreadsheets(entities, { bom: options.bom === true });
    case "ics":
      return toCalendar(entities);
  }
}

/** An agent skips what an export wrote, but an export in its directory would hide what is missing. */
async function refuseWatched(client: Client, directory: string): Promise<void> {
  for (const agent of await client.agents()) {
    for (const { path: root } of agent.directories) {
      // Either may contain the other, because the export has subdirectories.
      if (!isWithin(root, directory) && !isWithin(directory, root)) continue;
      throw new RunnerError(
        "invalid_request",
        `The agent ${JSON.stringify(agent.id)} reads ${root}, so it would have to skip an export in ${directory}.`,
        { hint: "Choose a directory that is neither inside nor above one that an agent reads." },
      );
    }
  }
}

const REASONS = {
  not_ours: "an export did not write it",
  edited: "you edited it",
  link: "it is a link, or is behind one",
} as const;

function renderExport(result: Export, screen: Screen): string[] {
  const { directory, written, unchanged, removed, kept } = result;
  return [
    `${directory}: ${formatCount(written.length, "file")} written, ${unchanged} unchanged, ${removed.length} removed.`,
    ...kept.map(({ path: name, reason }) =>
      screen.style("yellow", `Left ${name}: ${REASONS[reason]}.`),
    ),
    ...(kept.length > 0 ? ["Move or delete these files, then export again."] : []),
  ];
}
