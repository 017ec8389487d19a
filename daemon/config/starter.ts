import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import path from "node:path";
import { RunnerError } from "../core/errors.ts";

/** The placeholders in the template for its one agent; each occurs once. */
const PLACEHOLDERS = { id: "AGENT_ID", name: "AGENT_NAME", path: "- path: DIRECTORY" } as const;

export interface FirstAgent {
  id: string;
  name: string;
  directories: readonly string[];
  /** The only host that what is in them may be sent to; undefined: any that the config names. */
  host?: string | undefined;
}

/** The text of a first config.yaml: one agent, the built-in rules, and everything else as comments. */
export function starterConfig({ id, name, directories, host }: FirstAgent): string {
  const packageFile = findPackageJSON(import.meta.url);
  if (!packageFile)
    throw new RunnerError("internal", "There is no package.json above the program.");
  const template = path.join(path.dirname(packageFile), "config", "starter.yaml");
  // Every JSON string is a YAML string.
  const sends = host === undefined ? "" : `\n        sends: [${JSON.stringify(host)}]`;
  const paths = directories.map((directory) => `- path: ${JSON.stringify(directory)}${sends}`);
  return readFileSync(template, "utf8")
    .replace(PLACEHOLDERS.id, () => id)
    .replace(PLACEHOLDERS.name, () => JSON.stringify(name))
    .replace(PLACEHOLDERS.path, () => paths.join("\n      "));
}

/** The agent that reads the inbox. */
export function inboxAgent(inboxPath: string): FirstAgent {
  return { id: "inbox", name: "Inbox", directories: [inboxPath] };
}
