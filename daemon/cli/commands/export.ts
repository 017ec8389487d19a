import path from "node:path";
import { Argument, type Command } from "commander";
import type { Client } from "../../client/client.ts";
import { realPath } from "../../config/resolve.ts";
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

export function registerExport(program: Command, context: Context): void {
  const command = program
    .command("export")
    .summary("Write everything as Markdown, CSV or iCalendar")
    .description("Write all notes, tasks and projects into a directory")
    .addArgument(new Argument("<format>", "of the files").choices(exportFormat.options))
    .argument("<dir>", "a directory; made where there is none")
    .option("--bom", "csv: begin with a byte order mark, by which Excel knows UTF-8")
    .action(async (format: ExportFormat, dir: string, options: { bom?: true }) => {
      if (options.bom && format !== "csv") {
        throw new RunnerError("invalid_request", `--bom is of csv alone, and this is ${format}`);
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
    more: `md   a vault: a file for each note and project, a list of tasks for each project, linked to one another
csv  tasks.csv, notes.csv and projects.csv; cells that a spreadsheet would calculate begin with an apostrophe
ics  tasks.ics, for calendars and to-do apps

Repeated, it writes what changed and removes what it wrote of things that are gone. What it did not write
itself, or what you edited since, it leaves. The directory must not be one that an agent reads, or the export
would be read again; \`doctor\` finds one that is.`,
    examples: [
      ["export md ~/Vault", "for Obsidian, or any editor"],
      ["export csv ~/Tables --bom", "for Excel"],
      ["export ics ~/Calendar", "to subscribe to, or to import"],
    ],
    exits: [[1, "a file that is not its own stands in the way and was left"]],
  });
}

function render(
  entities: Entities,
  format: ExportFormat,
  options: { bom?: true },
): Map<string, string> {
  switch (format) {
    case "md":
      return toVault(entities);
    case "csv":
      return toSpreadsheets(entities, { bom: options.bom === true });
    case "ics":
      return toCalendar(entities);
  }
}

/** What is read again would become notes of notes. */
async function refuseWatched(client: Client, directory: string): Promise<void> {
  for (const agent of await client.agents()) {
    for (const { path: root } of agent.directories) {
      // Either may hold the other: the export has directories of its own.
      if (!isWithin(root, directory) && !isWithin(directory, root)) continue;
      throw new RunnerError("invalid_request", `the agent ${agent.id} reads ${root}`, {
        hint: `${directory} is in it or above it, so the export would be read again: choose another.`,
      });
    }
  }
}

function isWithin(outer: string, inner: string): boolean {
  const way = path.relative(outer, inner);
  return way === "" || (way !== ".." && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way));
}

const REASONS = {
  not_ours: "was not written by an export",
  edited: "was edited since",
  link: "is a link, or leads through one",
} as const;

function renderExport(result: Export, screen: Screen): string[] {
  const { directory, written, unchanged, removed, kept } = result;
  return [
    `${directory}: ${formatCount(written.length, "file")} written, ${unchanged} unchanged, ${removed.length} removed.`,
    ...kept.map(({ path: name, reason }) =>
      screen.style("yellow", `left as it is: ${name} ${REASONS[reason]}`),
    ),
    ...(kept.length > 0 ? ["Move them away, or delete them, and export again."] : []),
  ];
}
