import { mkdirSync } from "node:fs";
import { RunnerError, systemErrorCode } from "./errors.ts";

/**
 * Makes a directory of the home for its owner only, with those above it; an existing one stays as it is.
 *
 * @throws {RunnerError} home_unusable
 */
export function makePrivateDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new RunnerError(
      "home_unusable",
      `The directory ${directory} cannot be created (${systemErrorCode(error) ?? "unknown"}).`,
      { hint: "Set AGENT_RUNNER_HOME to a directory you can write to.", cause: error },
    );
  }
}
