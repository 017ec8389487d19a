import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { Project } from "../../protocol/entity.ts";
import type { Context } from "../context.ts";
import { droppedOption, type EntityListOptions, listEntities } from "../entity-list.ts";
import { explain } from "../help.ts";
import { allOption, limitOption, renderList } from "../list.ts";
import type { Screen } from "../output.ts";
import { formatTable, summarizeSources } from "../table.ts";

export function registerProjects(program: Command, context: Context): void {
  const command = program
    .command("projects")
    .summary("List the active projects and their files")
    .description("List the active projects and the files they come from")
    .addOption(limitOption())
    .addOption(allOption("show all, including archived ones"))
    .addOption(droppedOption())
    .action(async (options: EntityListOptions) => {
      const client = await connect(context.paths, context.signal);
      const page = await listEntities(client, "project", "active", options);
      context.output.show(page, (shown, screen) =>
        renderList(shown, screen, "No projects.", (items) => renderProjects(items, screen)),
      );
    });
  explain(command, {
    examples: [
      ["projects", "the newest 50"],
      ["projects --all", "including archived ones"],
    ],
  });
}

function renderProjects(projects: readonly Project[], screen: Screen): string[] {
  return formatTable(
    [
      { title: "project", cut: "never" },
      { title: "name" },
      { title: "status" },
      { title: "source", cut: "start", spare: true },
    ],
    projects.map((project) => [
      project.id,
      project.name,
      project.status,
      summarizeSources(project.sources),
    ]),
    screen.width,
  );
}
