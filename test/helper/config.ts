import { RunnerError } from "../../daemon/core/errors.ts";
import { parseConfig } from "../../daemon/config/load.ts";
import type { ConfigIssue, LoadedConfig } from "../../daemon/config/load.ts";

export const TOOLS = ["list_projects", "create_task", "update_task", "search"];
export const USER_HOME = "/home/ada";

/** `parseConfig` for a user whose home is {@link USER_HOME}, with the given variables and no others. */
export function parse(text: string, env: Record<string, string> = {}): LoadedConfig {
  return parseConfig(text, { env, userHome: USER_HOME, tools: TOOLS });
}

/** The error that a text gives, or undefined where it is right. */
export function configError(
  text: string,
  env: Record<string, string> = {},
): RunnerError | undefined {
  try {
    parse(text, env);
    return undefined;
  } catch (error) {
    if (error instanceof RunnerError && error.code === "config_invalid") return error;
    throw error;
  }
}

/** Everything that is wrong with a text. */
export function issuesOf(text: string, env: Record<string, string> = {}): ConfigIssue[] {
  return (configError(text, env)?.data["issues"] ?? []) as ConfigIssue[];
}

/** One agent named `a` on `/a`, with more lines of YAML, each to stand two levels in. */
export function agentYaml(...lines: string[]): string {
  return ["agents:", "  - id: a", "    directories: [{ path: /a }]"]
    .concat(lines.map((line) => `    ${line}`))
    .join("\n");
}
