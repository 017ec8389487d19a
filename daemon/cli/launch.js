#!/usr/bin/env node
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";
import { explain, findBundledNode, isSupported, runOn } from "./runtime.js";

// A clone runs the sources; a published package carries dist/ and no sources
// (Node refuses to strip types below node_modules).
const source = new URL("./main.ts", import.meta.url);
const built = new URL("../../dist/daemon/cli/main.js", import.meta.url);
const entry = existsSync(source) ? source : built;

if (isSupported()) {
  // Types are stripped of sources at each start and in each thread, and what does that stays in memory;
  // so the outcome is kept. By a variable, since a thread takes that over from its process.
  if (entry === source) {
    const cache = new URL("../../node_modules/.cache/agent-runner", import.meta.url);
    process.env.NODE_COMPILE_CACHE ??= fileURLToPath(cache);
    module.enableCompileCache();
  }
  await import(entry.href);
} else {
  const node = findBundledNode();
  if (node) {
    runOn(node, fileURLToPath(import.meta.url), process.argv.slice(2));
  } else {
    console.error(explain());
    process.exitCode = 1;
  }
}
