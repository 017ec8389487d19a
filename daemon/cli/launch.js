#!/usr/bin/env node
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";
import { BUILT, explain, findBundledNode, isClone, isSupported, runOn, SOURCE } from "./runtime.js";

// Without a listener, this signal makes Node open its debugger to all users of this machine. A listener works however Node
// was started, and a thread has no signals of its own.
process.on("SIGUSR1", () => {});

const entry = isClone ? SOURCE : BUILT;

if (!existsSync(entry)) {
  console.error(
    `This package holds no program: ${fileURLToPath(entry)} is missing.\nPack it again with "npm run pack" in a clone, and install that.`,
  );
  process.exitCode = 1;
} else if (isClone && !existsSync(new URL("../../node_modules", import.meta.url))) {
  console.error(
    'The packages of Agent Runner are not installed.\nRun "npm ci" in the clone first.',
  );
  process.exitCode = 1;
} else if (isSupported()) {
  // Types are stripped of sources at each start and in each thread, and what does that stays in memory;
  // so the outcome is kept. By a variable, since a thread takes that over from its process.
  if (isClone) {
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
