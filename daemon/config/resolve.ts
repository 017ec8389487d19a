import { realpathSync } from "node:fs";
import path from "node:path";
import { RULES } from "../protocol/agent.ts";
import type { Agent, AgentConfig, Directory, ModelSettings } from "../protocol/agent.ts";
import type { StatusProblem } from "../protocol/api.ts";
import { howToSet, resolveModel } from "./resolve-model.ts";
import type { WrittenModel } from "./resolve-model.ts";
import { fillVariables } from "./variable.ts";
import type { Environment } from "./variable.ts";

type Fault = Omit<StatusProblem, "agent_id">;

/** What an agent as it is written is resolved against. */
export interface ResolveContext {
  env: Environment;
  userHome: string;
  /** The `model` section of the config, only what stands there. */
  model: WrittenModel;
  /** The real path of an absolute one; {@link realPath} asks the disk. */
  realPath: (absolute: string) => string;
}

export interface ResolvedAgent {
  agent: Agent;
  problems: StatusProblem[];
  /** false: it must not work before a problem is mended; its files wait. */
  ready: boolean;
  /** Every text that must never be logged or shown. */
  secrets: string[];
}

/**
 * An agent ready to work: real directories, its own model, variables filled. What cannot be filled is a
 * problem and no error: such a directory keeps its path as it is written, which no scan will find.
 */
export function resolveAgent(config: AgentConfig, context: ResolveContext): ResolvedAgent {
  const { model, faults, secrets } = resolveModel(context.model, config.model ?? {}, context.env);
  const { directories, problems } = resolveDirectories(config, context);
  const blocking = [...faults, ...missingParts(config, model)];
  return {
    agent: { ...config, name: config.name ?? config.id, directories, model },
    problems: [...problems, ...blocking.map((fault) => ({ ...fault, agent_id: config.id }))],
    ready: blocking.length === 0,
    secrets,
  };
}

/** What the config may ask for and is not there: an agent must rather wait than do something else. */
function missingParts({ approval }: AgentConfig, { provider, api }: ModelSettings): Fault[] {
  return [
    ...(approval === "review"
      ? [
          {
            code: "not_yet",
            message: "approval: review is not supported yet, and nothing is written without it",
            hint: "Set approval to auto; a dry run shows beforehand what would be written.",
          },
        ]
      : []),
    ...(provider !== RULES && api === "responses"
      ? [
          {
            code: "not_yet",
            message: "model.api: the Responses API is not supported yet",
            hint: "Set model.api to auto or chat.",
          },
        ]
      : []),
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
        report("variable_unset", `${key}: the variable ${name} is not set`, howToSet(name));
      }
      directories.push(directory);
      continue;
    }
    if (!path.isAbsolute(expanded)) {
      const hint = "Set the variable to an absolute path, or one that begins with ~/.";
      report("path_not_absolute", `${key}: ${directory.path} gives no absolute path`, hint);
      directories.push(directory);
      continue;
    }
    const resolved = real(expanded);
    if (directories.some((other) => other.path === resolved)) {
      const hint = "The first entry counts; remove this one.";
      report("directory_repeated", `${key}: ${resolved} is listed already`, hint);
      continue;
    }
    directories.push({ ...directory, path: resolved });
  }
  return { directories, problems };
}

/** A path with `~`, alone or before a slash, replaced by the home directory. */
export function expandHome(written: string, userHome: string): string {
  return /^~($|[/\\])/.test(written) ? path.join(userHome, written.slice(1)) : written;
}

/** The real path without trailing slash; what does not exist stays as it is below what does. */
export function realPath(absolute: string): string {
  const resolved = path.resolve(absolute);
  try {
    return realpathSync(resolved);
  } catch {
    const parent = path.dirname(resolved);
    return parent === resolved ? resolved : path.join(realPath(parent), path.basename(resolved));
  }
}
