import { globSync, statSync } from "node:fs";
import path from "node:path";

/** The newest backup beside a database, by its time of change; undefined: no backup was made. */
export function findNewestBackup(database: string): string | undefined {
  const directory = path.join(path.dirname(database), "backups");
  const changedAt = (name: string): number =>
    statSync(path.join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newest = globSync("agent-runner-*.db", { cwd: directory })
    .toSorted((one, other) => changedAt(one) - changedAt(other))
    .at(-1);
  return newest && path.join(directory, newest);
}
