import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import path from "node:path";
import { RunnerError } from "../core/errors.ts";

const PLACEHOLDER = "INBOX_PATH";

/** The text of a first config.yaml: one agent on the inbox, built-in rules, the rest as comments. */
export function starterConfig(inboxPath: string): string {
  const packageFile = findPackageJSON(import.meta.url);
  if (!packageFile) throw new RunnerError("internal", "no package.json above the program");
  const template = path.join(path.dirname(packageFile), "config", "starter.yaml");
  // A JSON string is a YAML string, whatever stands in the path.
  return readFileSync(template, "utf8").replace(PLACEHOLDER, () => JSON.stringify(inboxPath));
}
