import type { Command } from "commander";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { formatFacts } from "../table.ts";

export function registerVersion(program: Command, context: Context): void {
  const command = program
    .command("version")
    .summary("Show the version, its Node and its database schema")
    .description("Show the version of Agent Runner, the Node that runs it, and its database schema")
    .action(async () => {
      // Loaded here, because other commands don't need the code of the database.
      const { readVersions } = await import("../../doctor/runtime.ts");
      context.output.show(readVersions(context.version), (versions) =>
        formatFacts([
          ["agent-runner", versions.version],
          ["node", `${versions.node} (${versions.node_path})`],
          ["schema", versions.schema],
        ]),
      );
    });
  explain(command, {
    more: "In a clone, `npx --no agent-runner --version` prints the version of npm, because npx takes that option.",
    examples: [
      ["version", "for a bug report"],
      ["version --json", "as one JSON document"],
    ],
  });
}
