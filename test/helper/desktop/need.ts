import { accessSync, constants } from "node:fs";
import path from "node:path";

/**
 * Skips the test, by name, where a program is missing; under CI=true it fails instead, so that no test is
 * left out unseen.
 */
export function need(skip: (reason: string) => void, ...programs: readonly string[]): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return;
  const reason = `needs ${missing.join(", ")} (see CONTRIBUTING.md)`;
  if (process.env["CI"] === "true") throw new Error(reason);
  skip(reason);
}

/** The absolute path of a program. */
export function findProgram(name: string): string | undefined {
  const directories = (process.env["PATH"] ?? "").split(path.delimiter);
  return directories
    .map((directory) => path.join(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
