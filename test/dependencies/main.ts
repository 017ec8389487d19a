import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { listDependencies } from "./list.ts";

/*
 * npm run dependencies: writes `test/fixture/dependencies.txt`, each package with its version, its licence and the day
 * of its newest release, and checks the signatures of what is installed. Asks the registry that npm uses.
 */

const answer = z.object({ time: z.record(z.string(), z.string()) });
const AT_ONCE = 4;
const SIGNATURES_MS = 60_000;

const registry = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
const packages = listDependencies();
const days = new Map<string, string>();
const names = [...new Set(packages.map(({ name }) => name))];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      days.set(name, await findLastRelease(name));
    }
  }),
);
const lines = packages.map(({ name, line }) => `${line}, ${days.get(name)}`);
writeFileSync(new URL("../fixture/dependencies.txt", import.meta.url), `${lines.join("\n")}\n`);

const signatures = spawnSync("npm", ["audit", "signatures"], {
  encoding: "utf8",
  timeout: SIGNATURES_MS,
});
process.stdout.write(signatures.stdout);
process.stderr.write(signatures.stderr);
if (signatures.status !== 0) {
  process.stderr.write("The signatures could not be checked, or one is wrong: see above.\n");
  process.exitCode = 1;
}

/** The day of the newest release, `YYYY-MM-DD`. */
async function findLastRelease(name: string): Promise<string> {
  const url = new URL(name.replace("/", "%2f"), registry.replace(/\/?$/, "/"));
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The registry answers ${response.status} for ${name}.`);
  const { created: _, modified: __, ...times } = answer.parse(await response.json()).time;
  const last = Object.values(times).toSorted().at(-1);
  if (last === undefined) throw new Error(`The registry knows no release of ${name}.`);
  return last.slice(0, 10);
}
