import { readFileSync } from "node:fs";
import path from "node:path";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import type { Paths } from "../core/paths.ts";
import { agentSchema } from "../protocol/agent.ts";
import type { Agent, AgentConfig, ModelSettings } from "../protocol/agent.ts";
import type { StatusProblem } from "../protocol/api.ts";
import { checkAgent, checkIds, checkModel } from "./check.ts";
import { below, describeFinding, partOf } from "../core/finding.ts";
import type { Finding, FindingText } from "../core/finding.ts";
import { resolveModel } from "./resolve-model.ts";
import type { WrittenModel } from "./resolve-model.ts";
import { realPath, resolveAgent } from "./resolve.ts";
import type { ResolvedAgent } from "./resolve.ts";
import { configSchema } from "./schema.ts";
import type { Config } from "./schema.ts";
import { readSecrets } from "./secrets.ts";
import { configFindings } from "./schema-findings.ts";
import type { Environment } from "./variable.ts";
import { readYaml } from "./yaml-source.ts";
import type { Position, SyntaxFault } from "./yaml-source.ts";

/*
 * From the text of config.yaml to agents ready to work. What is wrong with the text is an error that
 * names line, key, value and what was expected; what is missing around it (a variable, a key) is a
 * problem, and everything else works on. A key is never shown, and goes to no other origin than the one
 * it was written for (see `resolve-model.ts`). Writes nothing, so a crash costs nothing.
 */

/** What a config comes to. */
export interface LoadedConfig {
  /** As it is written, defaults filled in, variables not. May hold keys that stand in the text. */
  config: Config;
  agents: readonly Agent[];
  /** The model of every agent that names no other. */
  model: ModelSettings;
  problems: readonly StatusProblem[];
  /** Ids of agents whose model must not be asked before a problem is mended. */
  unready: readonly string[];
  /** Every text that must never be logged or shown. */
  secrets: readonly string[];
  /** What is wrong with an agent that stands in no config, each a sentence. */
  check(agent: AgentConfig): string[];
  /** Resolves an agent that stands in no config against this one. */
  resolve(agent: AgentConfig): ResolvedAgent;
}

export interface ParseOptions {
  env: Environment;
  userHome: string;
  /** The names of all tools. */
  tools: readonly string[];
  /** The real path of an absolute one; the path itself where it is left out. */
  realPath?: (absolute: string) => string;
}

/** One thing wrong in the text; `line` and `column` count from 1. */
export type ConfigIssue = FindingText & Position;

/**
 * What a text of config.yaml says. Asks nothing but its arguments; what it gives is frozen.
 *
 * @throws {RunnerError} `config_invalid`, with every {@link ConfigIssue} in `data.issues`
 */
export function parseConfig(text: string, options: ParseOptions): LoadedConfig {
  return deepFreeze(load(text, options));
}

/**
 * Reads config.yaml, and secrets.env for what the environment lacks; what it gives is frozen.
 *
 * @throws {RunnerError} `config_missing`, `config_invalid`, `home_unusable`
 */
export function readConfig(
  paths: Pick<Paths, "config" | "secrets">,
  env: Environment,
  options: Pick<ParseOptions, "userHome" | "tools">,
): LoadedConfig {
  return checkText(readText(paths.config), paths, env, options);
}

/**
 * What a text of config.yaml would come to beside the secrets.env that stands there; what it gives is frozen.
 *
 * @throws {RunnerError} `config_invalid`
 */
export function checkText(
  text: string,
  paths: Pick<Paths, "secrets">,
  env: Environment,
  options: Pick<ParseOptions, "userHome" | "tools">,
): LoadedConfig {
  const secrets = readSecrets(paths.secrets);
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  const loaded = load(text, { ...options, realPath, env: { ...secrets.values, ...set } });
  return deepFreeze({
    ...loaded,
    problems: [...secrets.problems, ...loaded.problems],
    secrets: [...new Set([...Object.values(secrets.values), ...loaded.secrets])],
  });
}

function load(text: string, options: ParseOptions): LoadedConfig {
  const source = readYaml(text);
  if (source.faults) throw invalid(source.faults.map(syntaxIssue));
  const parsed = configSchema.safeParse(source.value);
  const findings = contentFindings(source.value, options);
  if (parsed.success && findings.length === 0) {
    return resolveConfig(parsed.data, modelSection(source.value) ?? {}, options);
  }
  const all = [...configFindings(parsed.error?.issues ?? []), ...findings];
  throw invalid(
    all.map((finding) => ({
      ...source.positionOf(finding.path),
      ...describeFinding(finding, source.value),
    })),
  );
}

function resolveConfig(config: Config, section: WrittenModel, options: ParseOptions): LoadedConfig {
  const { env, userHome } = options;
  const context = { env, userHome, model: section, realPath: options.realPath ?? path.resolve };
  const resolve = (agent: AgentConfig): ResolvedAgent => resolveAgent(agent, context);
  const resolved = config.agents.map(resolve);
  const global = resolveModel(section, {}, env);
  return {
    config,
    agents: resolved.map(({ agent }) => agent),
    model: global.model,
    // What a disabled agent lacks, nobody needs.
    problems: resolved.flatMap(({ agent, problems }) => (agent.enabled ? problems : [])),
    unready: resolved.filter(({ ready }) => !ready).map(({ agent }) => agent.id),
    secrets: [...new Set([global, ...resolved].flatMap(({ secrets }) => secrets))],
    check: (agent) =>
      checkAgent(agent, options).map((finding) => describeFinding(finding, agent).message),
    resolve,
  };
}

/** What is wrong in those parts that have the right shape, whatever the shape of the rest. */
function contentFindings(root: unknown, options: ParseOptions): Finding[] {
  const list = partOf(root, ["agents"]);
  const agents = Array.isArray(list) ? list.map((agent) => agentSchema.safeParse(agent).data) : [];
  return [
    ...below(["model"], checkModel(modelSection(root) ?? {})),
    ...below(["agents"], checkIds(agents)),
    ...agents.flatMap((agent, index) =>
      agent ? below(["agents", index], checkAgent(agent, options)) : [],
    ),
  ];
}

/** The keys that stand in the `model` section; undefined where it has another shape. */
function modelSection(root: unknown): WrittenModel | null | undefined {
  return agentSchema.shape.model.safeParse(partOf(root, ["model"])).data;
}

function syntaxIssue({ expected, ...position }: SyntaxFault): ConfigIssue {
  return { ...position, key: "", value: "", expected, message: `not YAML: expected ${expected}` };
}

// More in one message would not be read; those after them are told once these are mended.
const TOLD_ISSUES = 5;

/** The error for what is wrong with a text. */
export function invalid(issues: readonly ConfigIssue[]): RunnerError {
  const ordered = issues.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const told = ordered.slice(0, TOLD_ISSUES).map(({ line, message }) => `line ${line}: ${message}`);
  const rest = ordered.length - told.length;
  const more = rest > 0 ? ` (and ${rest} more)` : "";
  return new RunnerError("config_invalid", `config.yaml ${told.join("; ")}${more}`, {
    hint:
      told.length > 1 ? "Mend the lines and save the file." : "Mend the line and save the file.",
    data: { issues: ordered },
  });
}

/** @throws {RunnerError} `config_missing`, `config_invalid`, `home_unusable` */
export function readText(file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT") {
      throw new RunnerError("config_missing", `${file} does not exist`, {
        hint: "Put it back, or restart the daemon: it writes one to start from.",
        cause: error,
      });
    }
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      throw invalid([syntaxIssue({ line: 1, column: 1, expected: "a text in UTF-8" })]);
    }
    throw new RunnerError("home_unusable", `${file} cannot be read (${code ?? "unknown"})`, {
      hint: "Make it a file that this user can read.",
      cause: error,
    });
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
