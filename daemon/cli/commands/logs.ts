import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { choiceOption, countOption } from "../list.ts";
import {
  isAtLeast,
  type Level,
  LEVELS,
  type LogEntry,
  parseLogLine,
  renderLogEntry,
} from "../log-line.ts";
import { type LogTail, openLogTail } from "../log-tail.ts";

interface LogsOptions {
  follow?: boolean;
  level: Level;
  lines: number;
}

const POLL_MS = 200;

export function registerLogs(program: Command, context: Context): void {
  const command = program
    .command("logs")
    .description("Show the log of the daemon, even if it is stopped")
    .option("-f, --follow", "keep showing new lines until Ctrl-C")
    .addOption(
      choiceOption("--level <level>", "only this level and worse", LEVELS).default("debug"),
    )
    .addOption(countOption("-n, --lines <number>", "show the last lines", 100))
    .action(async ({ follow = false, level, lines }: LogsOptions) => {
      const { output, paths, signal } = context;
      using tail = openLogTail(paths.log);
      const items = readLast(tail, level, lines);
      if (follow) {
        for (const entry of items) output.show(entry, renderLogEntry);
        await goOn(tail, level, context);
      } else {
        output.show({ items }, ({ items: shown }, screen) =>
          shown.length > 0
            ? shown.flatMap((entry) => renderLogEntry(entry, screen))
            : [`No such lines in ${paths.log}.`],
        );
      }
      signal.throwIfAborted();
    });
  explain(command, {
    more: "With --follow, --json prints one JSON document for each line.",
    examples: [
      ["logs", "the last hundred lines"],
      ["logs --level warn", "what went wrong"],
      ["logs --follow", "and every new line"],
    ],
  });
}

function readLast(tail: LogTail, level: Level, count: number): LogEntry[] {
  let last: LogEntry[] = [];
  for (const entry of readEntries(tail, level)) {
    last.push(entry);
    if (last.length >= 2 * count) last = last.slice(-count);
  }
  return last.slice(-count);
}

async function goOn(tail: LogTail, level: Level, { output, signal }: Context): Promise<void> {
  while (output.hasReader) {
    await wait(POLL_MS, undefined, { signal });
    for (const entry of readEntries(tail, level)) output.show(entry, renderLogEntry);
  }
}

function* readEntries(tail: LogTail, level: Level): Generator<LogEntry, void, undefined> {
  for (const line of tail.lines()) {
    if (line === "") continue;
    const entry = parseLogLine(line);
    if (isAtLeast(entry.level, level)) yield entry;
  }
}
