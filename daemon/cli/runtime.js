// Plain JavaScript that any Node >= 18 can run: finds a Node new enough for the daemon.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

// 24.12: the first release whose type stripping is stable and that has `await using`.
const MINIMUM = [24, 12];
const require = createRequire(import.meta.url);

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
    if (signal === null) process.exit(code ?? 1);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

/** Why this Node will not do, and what to do about it. */
export function explain() {
  const node = findBundledNode();
  const remedy = node
    ? `Use "npm start", "npm test" or "npx --no agent-runner", which run the copy in ${node}.`
    : `No copy came with this package for ${process.platform}-${process.arch}: run "npm ci --include=optional" again, or install a newer Node.`;
  return `Agent Runner needs Node ${MINIMUM.join(".")} or newer; this is Node ${process.versions.node} (${process.execPath}).\n${remedy}`;
}
