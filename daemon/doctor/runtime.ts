import { newestSchema } from "../journal/migrate.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import type { Versions } from "../protocol/versions.ts";
import { ok } from "./finding.ts";

/** Which Node runs the program. The launcher refuses one that is too old. */
export function examineRuntime(): DiagnosisFinding {
  return ok("runtime", `Node ${process.versions.node} (${process.execPath}).`);
}

/** The versions that a bug report needs. @param version of this program */
export function readVersions(version: string): Versions {
  const { versions, execPath } = process;
  return { version, node: versions.node, node_path: execPath, schema: newestSchema() };
}
