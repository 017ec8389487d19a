import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { Verify } from "../../protocol/verify.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { formatCount } from "../format.ts";
import type { Screen } from "../output.ts";
import { formatTable } from "../table.ts";

export function registerVerify(program: Command, context: Context): void {
  const command = program
    .command("verify")
    .summary("Check that no file was missed")
    .description("Compare the journal with the disk, and check that no file was missed")
    .action(async () => {
      const client = await connect(context.paths, context.signal);
      const verify = await client.verify();
      context.output.show(verify, renderVerify);
      if (!verify.complete) context.exitCode = 1;
    });
  explain(command, {
    more: "It walks every directory, which can take minutes.",
    examples: [
      ["verify", "a line for each directory"],
      ["verify --json", "with the path of every missed file"],
    ],
    exits: [[1, "a file was missed, or a directory could not be read"]],
  });
}

function renderVerify({ complete, directories }: Verify, screen: Screen): string[] {
  const table = formatTable(
    [
      { title: "agent" },
      { title: "directory", cut: "start" },
      { title: "on disk", align: "right" },
      { title: "done", align: "right" },
      { title: "pending", align: "right" },
      { title: "failed", align: "right" },
      { title: "skipped", align: "right" },
      { title: "missed", align: "right" },
    ],
    directories.map((directory) => [
      directory.agent_id,
      directory.online ? directory.path : `${directory.path} (offline)`,
      ...[directory.on_disk, directory.done, directory.pending].map(String),
      ...[directory.failed, directory.skipped, directory.unaccounted.length].map(String),
    ]),
    screen.width,
  );
  const ignored = directories.flatMap((directory) => directory.ignored);
  const unaccounted = directories.flatMap((directory) => directory.unaccounted);
  return [
    ...table,
    ...ignored.map(({ path, reason }) => `Not read: ${path} (${reason})`),
    "",
    ...(complete
      ? [screen.style("green", "Complete: no file was missed.")]
      : [screen.style("red", `Not complete: ${describeGaps(directories)}.`)]),
    ...unaccounted.map((path) => `  ${path}`),
  ];
}

/** What is missed or could not be read, counted. */
function describeGaps(directories: Verify["directories"]): string {
  const files = directories.flatMap(({ unaccounted }) => unaccounted);
  const ignoredFor = (why: string) =>
    directories.flatMap(({ ignored }) => ignored.filter(({ reason }) => reason === why));
  const offline = [...directories.filter(({ online }) => !online), ...ignoredFor("offline")];
  const refused = ignoredFor("unreadable");
  const countDirectories = (count: number): string =>
    count === 1 ? "1 directory" : `${count} directories`;
  return [
    ...(files.length > 0 ? [`${formatCount(files.length, "file")} missed`] : []),
    ...(offline.length > 0 ? [`${countDirectories(offline.length)} offline`] : []),
    ...(refused.length > 0 ? [`${countDirectories(refused.length)} not readable`] : []),
  ].join(", ");
}
