import path from "node:path";
import { CALL } from "../core/call.ts";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import { readHomeFile } from "../core/home-file.ts";
import type { Paths } from "../core/paths.ts";
import { agentSchema, sendsSchema } from "../protocol/agent.ts";
import type { Agent, AgentConfig, ModelSettings } from "../protocol/agent.ts";
import type { StatusProblem } from "../protocol/api.ts";
import { checkAgent, checkIds, checkModel, checkSends } from "./check.ts";
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
import { MAX_FAULTS, MAX_TEXT_CHARS, readYaml, TOO_LONG } from "./yaml-source.ts";
import type { Position, SyntaxFault } from "./yaml-source.ts";

/*
 * Turns the text of config.yaml into agents that are ready to work. A mistake in the text is an error that names line,
 * key, value and what was expected. Something missing outside it (a variable, a key) is a problem of its agents, and
 * everything else works. Never shows a key, and never sends it to another origin than it was written for (see
 * `resolve-model.ts`). Writes nothing, so a crash costs nothing.
 */

/** A valid config, resolved. */
export interface LoadedConfig {
  /** As written, with defaults filled in but not variables. May contain keys. */
  config: Config;
  agents: readonly Agent[];
  /** The model of all agents without their own. */
  model: ModelSettings;
  problems: readonly StatusProblem[];
  /** Ids of agents whose model must not be used until a problem is fixed. */
  unready: readonly string[];
  /** Every text that must never be logged or shown. */
  secrets: readonly string[];
  /** What is wrong with an agent that is not in the config, one clause each. */
  check(agent: AgentConfig): string[];
  /** Resolves an agent that is not in the config as if it were. */
  resolve(agent: AgentConfig): ResolvedAgent;
}

export interface ParseOptions {
  env: Environment;
  userHome: string;
  /** The names of all tools. */
  tools: readonly string[];
  /** Gives the real path of an absolute path; by default, the path itself. */
  realPath?: (absolute: string) => string;
}

/** One mistake in the text; `line` and `column` count from 1. */
export type ConfigIssue = FindingText & Position;

/**
 * Parses a text of config.yaml, and depends on nothing but the arguments. The result is frozen.
 *
 * @throws {RunnerError} `config_invalid`, with every {@link ConfigIssue} in `data.issues`
 */
export function parseConfig(text: string, options: ParseOptions): LoadedConfig {
  return deepFreeze(load(text, options));
}

/**
 * Reads config.yaml, and secrets.env for variables that the environment lacks. The result is frozen.
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
 * Parses a text of config.yaml with the existing secrets.env. The result is frozen.
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
  const loaded = load(text, { ...options, realPath, env: withSecrets(env, secrets.values) });
  return deepFreeze({
    ...loaded,
    problems: [...secrets.problems, ...loaded.problems],
    secrets: [...new Set([...Object.values(secrets.values), ...loaded.secrets])],
  });
}

/** The environment over these values of secrets.env. An empty variable counts as unset. */
export function withSecrets(env: Environment, values: Environment): Environment {
  return { ...values, ...Object.fromEntries(Object.entries(env).filter(([, value]) => value)) };
}

function load(text: string, options: ParseOptions): LoadedConfig {
  const source = readYaml(text);
  if (source.faults) throw invalid(source.faults.map(syntaxIssue));
  const parsed = configSchema.safeParse(source.value);
  const findings = contentFindings(source.value, options);
  if (parsed.success && findings.length === 0) {
    return resolveConfig(parsed.data, modelSection(source.value) ?? {}, options);
  }
  // Only the first ones, because the position of each is searched for.
  const all = [...configFindings(parsed.error?.issues ?? []), ...findings].slice(0, MAX_FAULTS);
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
    // A disabled agent needs nothing.
    problems: resolved.flatMap(({ agent, problems }) => (agent.enabled ? problems : [])),
    unready: resolved.filter(({ ready }) => !ready).map(({ agent }) => agent.id),
    secrets: [...new Set([global, ...resolved].flatMap(({ secrets }) => secrets))],
    check: (agent) =>
      checkAgent(agent, options).map((finding) => describeFinding(finding, agent).message),
    resolve,
  };
}

/** Mistakes in the parts that match the schema, even if others do not. */
function contentFindings(root: unknown, options: ParseOptions): Finding[] {
  const list = partOf(root, ["agents"]);
  const agents = Array.isArray(list) ? list.map((agent) => agentSchema.safeParse(agent).data) : [];
  const findings = [
    ...below(["model"], checkModel(modelSection(root) ?? {})),
    ...below(["agents"], checkIds(agents)),
    ...checkSends(sendsSchema.safeParse(partOf(root, ["sends"])).data ?? "any", ["sends"]),
  ];
  for (const [index, agent] of agents.entries()) {
    // A schedule that never matches takes long to recognise.
    if (findings.length >= MAX_FAULTS) break;
    if (agent) findings.push(...below(["agents", index], checkAgent(agent, options)));
  }
  return findings;
}

/** The keys in the `model` section; undefined if it does not match the schema. */
function modelSection(root: unknown): WrittenModel | null | undefined {
  return agentSchema.shape.model.safeParse(partOf(root, ["model"])).data;
}

function syntaxIssue({ expected, ...position }: SyntaxFault): ConfigIssue {
  return {
    ...position,
    key: "",
    value: "",
    expected,
    message: `YAML syntax: expected ${expected}`,
  };
}

// More in one message would not be read. The others follow once these are corrected.
const SHOWN_ISSUES = 5;

/** The error for a text with these mistakes. */
export function invalid(issues: readonly ConfigIssue[]): RunnerError {
  const ordered = issues.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const shown = ordered
    .slice(0, SHOWN_ISSUES)
    .map(({ line, message }) => `line ${line}: ${message}`);
  const rest = ordered.length - shown.length;
  const more = rest > 0 ? ` (and ${rest} more)` : "";
  return new RunnerError("config_invalid", `Mistake in config.yaml ${shown.join("; ")}${more}.`, {
    hint: `Correct the ${shown.length > 1 ? "lines" : "line"} and save the file.`,
    data: { issues: ordered },
  });
}

// A character has at most 4 bytes in UTF-8, so a text of so many bytes is too long.
const MAX_BYTES = 4 * (MAX_TEXT_CHARS + 1);

/** @throws {RunnerError} `config_missing`, `config_invalid`, `home_unusable` */
export function readText(file: string): string {
  try {
    const bytes = readBytes(file);
    if (bytes.length === MAX_BYTES) throw invalid([syntaxIssue(TOO_LONG)]);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof RunnerError) throw error;
    const code = systemErrorCode(error);
    if (code === "ENOENT") {
      throw new RunnerError("config_missing", `${file} does not exist.`, {
        hint: `Write one with \`${CALL} init\`, or let \`${CALL} start\` write one.`,
        cause: error,
      });
    }
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      throw invalid([syntaxIssue({ line: 1, column: 1, expected: "a text in UTF-8" })]);
    }
    throw new RunnerError("home_unusable", `${file} cannot be read (${code ?? "unknown"}).`, {
      hint: "Make it readable for this user.",
      cause: error,
    });
  }
}

/** The bytes of config.yaml; of a file that is too long, only the first {@link MAX_BYTES}. */
export function readBytes(file: string): Buffer {
  return readHomeFile(file, MAX_BYTES).bytes;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
