import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import path from "node:path";
import { systemErrorCode } from "../core/errors.ts";
import { resolvePaths } from "../core/paths.ts";
import { createDialog } from "./dialog.ts";
import { createOutput } from "./output.ts";
import { asksForJson, runProgram } from "./program.ts";

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => {
    // The reader of our output is gone (`| head`), or the terminal is closed; the work continues.
    if (!["EPIPE", "EIO"].includes(systemErrorCode(error) ?? "")) throw error;
  });
}

// Every time, not once: npm repeats a Ctrl-C that the terminal has already sent us.
const interrupt = new AbortController();
process.on("SIGINT", () => interrupt.abort());

const args = process.argv.slice(2);
const manifest = findPackageJSON(import.meta.url) ?? import.meta.filename;
process.exitCode = await runProgram(args, {
  paths: resolvePaths(),
  env: process.env,
  version: readVersion(),
  proc: "/proc",
  entry: path.join(path.dirname(manifest), "daemon", "cli", "launch.js"),
  output: createOutput({
    json: asksForJson(args),
    stdout: process.stdout,
    stderr: process.stderr,
  }),
  dialog: hasTerminal()
    ? createDialog({ input: process.stdin, output: process.stderr, terminal: true, interrupt })
    : undefined,
  signal: interrupt.signal,
  exitCode: 0,
});

function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true && !asksForJson(args);
}

function readVersion(): string {
  const { version }: { version?: string } = JSON.parse(readFileSync(manifest, "utf8"));
  return version ?? "unknown";
}
