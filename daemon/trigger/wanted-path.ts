import { lstatSync, realpathSync } from "node:fs";
import path from "node:path";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import { isFileKnown } from "../journal/file-views.ts";
import type { Journal } from "../journal/open.ts";
import type { Agent } from "../protocol/agent.ts";
import { isWithin } from "../scan/boundary.ts";

// No file; or no name that any file can have.
const CANNOT_BE = ["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"];

/**
 * The paths that a run is limited to, as they are walked: absolute, without links. A path that is known but
 * gone is one too.
 *
 * @throws {RunnerError} invalid_request for a path that no file of the agent can be at
 */
export function checkPaths(
  journal: Journal,
  agent: Agent,
  paths: readonly string[] | null,
): string[] | null {
  return paths && paths.map((wanted) => checkPath(journal, agent, wanted));
}

function checkPath(journal: Journal, agent: Agent, wanted: string): string {
  const roots = agent.directories.map((directory) => directory.path);
  if (!path.isAbsolute(wanted)) throw refused(wanted, "an absolute path is expected");
  const plain = trimEnd(path.normalize(wanted));
  const found = [plain, withoutLinks(plain)].find((place) =>
    roots.some((root) => isWithin(root, place) || isWithin(place, root)),
  );
  if (found === undefined) {
    throw refused(wanted, `it is in no directory of ${agent.id}`, roots);
  }
  if (roots.includes(found) || exists(found) || isFileKnown(journal, agent.id, found)) return found;
  throw refused(wanted, "it does not exist");
}

function refused(wanted: string, expected: string, roots?: readonly string[]): RunnerError {
  return new RunnerError(
    "invalid_request",
    `The path ${JSON.stringify(wanted)} cannot be used: ${expected}.`,
    {
      hint: roots ? `Use a path in one of these: ${roots.join(", ")}.` : "Check the path.",
    },
  );
}

function trimEnd(place: string): string {
  return place.length > 1 && place.endsWith(path.sep) ? place.slice(0, -1) : place;
}

/** The path with the links above it resolved; the file itself may be one, which is not followed. */
function withoutLinks(place: string): string {
  try {
    return path.join(realpathSync(path.dirname(place)), path.basename(place));
  } catch {
    return place;
  }
}

function exists(place: string): boolean {
  try {
    lstatSync(place);
    return true;
  } catch (error) {
    // A path that may not be read may still exist.
    return !CANNOT_BE.includes(systemErrorCode(error) ?? "");
  }
}

/** The paths at or below the wanted ones; null: all. */
export function onlyWithin(paths: readonly string[], wanted: readonly string[] | null): string[] {
  return paths.filter((path) => wanted === null || wanted.some((place) => isWithin(place, path)));
}
