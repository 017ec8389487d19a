import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The text of each file, by path. */
export type Files = ReadonlyMap<string, string>;

/** Reads all files below a directory, hidden ones aside; `name` is what stands for it in their paths. */
export function readTree(directory: string, name: string): Map<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith("."));
  return new Map(
    files.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.join(name, path.relative(directory, file)), readFileSync(file, "utf8")];
    }),
  );
}
