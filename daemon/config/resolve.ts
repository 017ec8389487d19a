import { realpathSync } from "node:fs";
import path from "node:path";
import type { Agent, AgentConfig, Directory } from "../protocol/agent.ts";
import type { StatusProblem } from "../protocol/api.ts";
import { howToSet, resolveModel } from "./resolve-model.ts";
import type { WrittenModel } from "./resolve-model.ts";
import { fillVariables } from "./variable.ts";
import type { Environment } from "./variable.ts";

type Fault = Omit<StatusProblem, "agent_id">;

/** What an agent is resolved against. */
export interface ResolveContext {
  env: Environment;
  userHome: string;
  /** The `model` section of the config as written. */
  model: WrittenModel;
  /** Gives the real path of an absolute path; {@link realPath} asks the disk. */
  realPath: (absolute: string) => string;
}

export interface ResolvedAgent {
  agent: Agent;
  problems: StatusProblem[];
  /** false: it must not work until a problem is fixed; its files wait. */
  ready: boolean;
  /** Every text that must never be logged or shown. */
  secrets: string[];
}

/**
 * An agent ready to work, with real directories, its own model and filled variables. A variable that cannot be filled
 * is a problem, not an error; its directory keeps the written path, which no scan will find.
 */
export function resolveAgent(config: AgentConfig, context: ResolveContext): ResolvedAgent {
  const { model, faults, secrets } = resolveModel(context.model, config.model ?? {}, context.env);
  const { directories, problems } = resolveDirectories(config, context);
  const blocking = [...faults, ...missingParts(config)];
  return {
    agent: { ...config, name: config.name ?? config.id, directories, model },
    problems: [...problems, ...blocking.map((fault) => ({ ...fault, agent_id: config.id }))],
    ready: blocking.length === 0,
    secrets,
  };
}

/** Settings that are not supported yet. An agent waits rather than do something else. */
function missingParts({ approval }: AgentConfig): Fault[] {
  if (approval !== "review") return [];
  return [
    {
      code: "not_yet",
      message: "The setting approval: review is not supported yet, so the agent waits.",
      hint: "Set approval to auto, and use a dry run to see changes before they are written.",
    },
  ];
}

function resolveDirectories(
  config: AgentConfig,
  { env, userHome, realPath: real }: ResolveContext,
): { directories: Directory[]; problems: StatusProblem[] } {
  const directories: Directory[] = [];
  const problems: StatusProblem[] = [];
  const report = (code: string, message: string, hint: string): void => {
    problems.push({ code, agent_id: config.id, message, hint });
  };
  for (const [index, directory] of config.directories.entries()) {
    const key = `directories[${index}].path`;
    const filled = fillVariables(directory.path, env);
    const expanded = expandHome(filled.text, userHome);
    if (filled.unset.length > 0) {
      for (const name of filled.unset) {
        report("variable_unset", `The variable ${name} in ${key} is not set.`, howToSet(name));
      }
      directories.push(directory);
      continue;
    }
    if (!path.isAbsolute(expanded)) {
      const hint = "Set the variable to an absolute path, or to one that begins with ~/.";
      report(
        "path_not_absolute",
        `With its variable filled in, ${directory.path} in ${key} is not an absolute path.`,
        hint,
      );
      directories.push(directory);
      continue;
    }
    const resolved = real(expanded);
    if (directories.some((other) => other.path === resolved)) {
      const hint = "Remove this entry; the first one counts.";
      report("directory_repeated", `The directory ${resolved} in ${key} is already listed.`, hint);
      continue;
    }
    directories.push({ ...directory, path: resolved });
  }
  return { directories, problems };
}

/** The path with `~`, alone or before a slash, replaced by the home directory. */
export function expandHome(written: string, userHome: string): string {
  return /^~($|[/\\])/.test(written) ? path.join(userHome, written.slice(1)) : written;
}

/** The real path without a trailing slash; parts that do not exist are kept. */
export function realPath(absolute: string): string {
  const resolved = path.resolve(absolute);
  try {
    return realpathSync(resolved);
  } catch {
    const parent = path.dirname(resolved);
    return parent === resolved ? resolved : path.join(realPath(parent), path.basename(resolved));
  }
}
