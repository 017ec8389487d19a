// Plain JavaScript that any Node >= 18 can run: finds a Node new enough for the daemon.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

// 24.12: the first release whose type stripping is stable and that has `await using`.
const MINIMUM = [24, 12];
const require = createRequire(import.meta.url);

export const SOURCE = new URL("./main.ts", import.meta.url);
export const BUILT = new URL("../../dist/daemon/main.js", import.meta.url);

/** A clone runs the sources. A package has none: Node strips no types below node_modules. */
export const isClone = existsSync(SOURCE);

/** Whether this process can run the daemon itself. */
export function isSupported(version = process.versions.node) {
  const [major, minor] = version.split(".").map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

/** The Node binary that npm installed beside this package, or undefined. */
export function findBundledNode() {
  const os = process.platform === "win32" ? "win" : process.platform;
  for (const name of [`node-${os}-${process.arch}`, `node-bin-${os}-${process.arch}`]) {
    try {
      const manifest = require.resolve(`${name}/package.json`);
      return path.resolve(path.dirname(manifest), require(manifest).bin.node);
    } catch {
      // Not published for this platform, or left out by `npm ci --omit=optional`.
    }
  }
  return undefined;
}

// Exit code of the system's loader where a shared library is missing.
const LOADER_FAILED = 127;

/** Runs `entry` on `node`, passing signals and the IPC channel down and the exit status up. */
export function runOn(node, entry, args) {
  const hasChannel = process.send !== undefined;
  const child = spawn(node, [entry, ...args], {
    stdio: hasChannel ? ["inherit", "inherit", "inherit", "ipc"] : "inherit",
  });
  // A terminal sends SIGINT to the child too, which takes two at once for one.
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  if (hasChannel) process.once("disconnect", () => child.connected && child.disconnect());
  child.on("error", (error) => {
    console.error(`Could not start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (code === LOADER_FAILED) console.error(explainLoader(node));
    if (signal === null) process.exit(code ?? 1);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

/** Why the pinned Node did not start; the system's loader has said what is missing. */
function explainLoader(node) {
  return `${node} cannot start on this system.\nInstall the library that is missing: for libatomic.so.1 on Debian and Ubuntu, "apt-get install libatomic1".`;
}

/** Why this Node is too old, and what to do about it. */
export function explain() {
  return `Agent Runner needs Node ${MINIMUM.join(".")} or newer; this is Node ${process.versions.node} (${process.execPath}).\n${remedy()}`;
}

function remedy() {
  const node = findBundledNode();
  if (node) return `Use "npm start", "npm test" or "npx --no agent-runner", which run ${node}.`;
  const system = `${process.platform}-${process.arch}`;
  return isClone
    ? `No Node for ${system} came with this clone: run "npm ci --include=optional", or install a newer Node.`
    : `No Node for ${system} came with this package: install it again with "--include=optional", or install a newer Node.`;
}
