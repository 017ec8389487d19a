import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { systemErrorCode } from "../core/errors.ts";
import { resolvePaths } from "../core/paths.ts";
import { createDialog } from "./dialog.ts";
import { createOutput } from "./output.ts";
import { asksForJson, runProgram } from "./program.ts";

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => {
    // Whoever read us has gone (`| head`): there is nobody left to tell, and the work goes on.
    if (systemErrorCode(error) !== "EPIPE") throw error;
  });
}

// Every time, not once: npm passes on to us a Ctrl-C that the terminal has sent us already.
const interrupt = new AbortController();
process.on("SIGINT", () => interrupt.abort());

const args = process.argv.slice(2);
process.exitCode = await runProgram(args, {
  paths: resolvePaths(),
  env: process.env,
  version: readVersion(),
  entry: import.meta.filename,
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
  const file = findPackageJSON(import.meta.url);
  const manifest: { version?: string } = file ? JSON.parse(readFileSync(file, "utf8")) : {};
  return manifest.version ?? "unknown";
}
