import { statSync } from "node:fs";
import { type ConfigIssue, type LoadedConfig, readConfig } from "../config/load.ts";
import type { Environment } from "../config/variable.ts";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import type { Paths } from "../core/paths.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { note, ok, problem } from "./finding.ts";
import { CALL } from "../core/call.ts";

export interface Settings {
  /** undefined if there is no valid config. */
  config: LoadedConfig | undefined;
  findings: readonly DiagnosisFinding[];
}

/** Reads the config and secrets.env like the daemon. */
export function examineSettings(
  paths: Paths,
  env: Environment,
  options: { userHome: string; tools: readonly string[] },
): Settings {
  if (isMissing(paths.config)) {
    const message = `There is no ${paths.config} yet.`;
    const hint = `Write one with \`${CALL} init\`, or let \`start\` write a first one.`;
    return {
      config: undefined,
      findings: [note("config", { code: "config_missing", message, hint })],
    };
  }
  try {
    const config = readConfig(paths, env, options);
    const findings = config.problems.map((found) => problem("config", found));
    const agents = config.agents.length === 1 ? "1 agent" : `${config.agents.length} agents`;
    const fine = ok("config", `${paths.config} is valid, with ${agents}.`);
    if (config.agents.length > 0) return { config, findings: [fine, ...findings] };
    const hint = `Add one with \`${CALL} init --directory DIR\`.`;
    const none = note("config", { code: "no_agents", message: "The config has no agents.", hint });
    return { config, findings: [none, ...findings] };
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    return { config: undefined, findings: describeError(error, paths.config) };
  }
}

/** Whether a file does not exist. One that may not be looked at does, and reading it says why not. */
function isMissing(file: string): boolean {
  try {
    statSync(file);
    return false;
  } catch (error) {
    return systemErrorCode(error) === "ENOENT";
  }
}

function describeError(error: RunnerError, file: string): DiagnosisFinding[] {
  const { code, message, hint, data } = error;
  const issues = data["issues"] as readonly ConfigIssue[] | undefined;
  if (code !== "config_invalid" || issues === undefined) {
    return [problem("config", { code, message, hint })];
  }
  return issues.map((issue) =>
    problem("config", {
      code,
      message: `${file}:${issue.line}:${issue.column}: ${issue.message}.`,
      hint: "Correct the line and save the file. Until then, a running daemon keeps the last valid settings.",
    }),
  );
}
