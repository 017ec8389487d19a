import { createHash } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { writeFileAtomic } from "../core/atomic-file.ts";
import { RunnerError, systemErrorCode, toRunnerError } from "../core/errors.ts";
import type { Paths } from "../core/paths.ts";
import type { ConfigView } from "../protocol/config-view.ts";
import { checkMoves } from "./key-place.ts";
import {
  checkText,
  type ConfigIssue,
  invalid,
  type ParseOptions,
  readBytes,
  readText,
  withSecrets,
} from "./load.ts";
import { redact, restore, withoutTypedKeys } from "./redact.ts";
import { configSchema } from "./schema.ts";
import { readSecrets } from "./secrets.ts";
import type { Environment } from "./variable.ts";
import { positionIn, readYaml } from "./yaml-source.ts";
import { CALL } from "../core/call.ts";

/** config.yaml for the API, which shows and edits it. Never reveals a key. */
export interface ConfigFile {
  /** @throws {RunnerError} config_missing, home_unusable */
  view(): ConfigView;
  /** What is wrong with a new text. Writes nothing. */
  check(text: string): ConfigIssue[];
  /**
   * Replaces the text that has this etag. An invalid text changes nothing.
   *
   * @throws {RunnerError} config_changed, config_invalid, config_missing, home_unusable
   */
  replace(text: string, etag: string | undefined): ConfigView;
  /**
   * What was typed into the form of the config: the field `text` has its whole text, any other one the value at the path
   * that it is named after, such as `agents.0.name`. Keys that were typed are taken out, and fields with one left out.
   *
   * @throws {RunnerError} config_invalid: the text is not YAML, so no key can be recognized in it
   */
  withoutTypedKeys(typed: Readonly<Record<string, string>>): Record<string, string>;
}

export function openConfigFile(
  paths: Pick<Paths, "config" | "secrets">,
  env: Environment,
  options: Pick<ParseOptions, "userHome" | "tools">,
): ConfigFile {
  const view = (): ConfigView => {
    const { text: real, etag, fault } = readCurrent(paths.config);
    const shown = real === undefined ? undefined : redact(real);
    const issues =
      real === undefined ? fault : issuesOf(() => checkText(real, paths, env, options));
    return {
      path: paths.config,
      text: shown?.text ?? null,
      parsed: issues.length > 0 || shown === undefined ? null : parse(shown.text),
      etag,
      issues,
    };
  };
  /** The text with keys in place of placeholders, checked. @throws {RunnerError} config_invalid */
  function toReal(text: string, before: string): string {
    const { text: real, misplaced } = restore(text, redact(before)?.hidden ?? []);
    if (misplaced !== undefined) throw invalid([misplacedIssue(real, misplaced)]);
    checkText(real, paths, env, options);
    const filled = withSecrets(env, readSecrets(paths.secrets).values);
    checkMoves({ before, after: real, written: text }, filled);
    return real;
  }
  return {
    view,
    withoutTypedKeys: (typed) =>
      Object.fromEntries(
        Object.entries(typed).flatMap(([name, text]) => {
          if (name === "text") return [[name, withoutKeys(text)]];
          const setting = JSON.stringify(nest(name.split("."), text));
          return withoutTypedKeys(setting) === setting ? [[name, text]] : [];
        }),
      ),
    check: (text) => issuesOf(() => toReal(text, readCurrent(paths.config).text ?? "")),
    replace(text, etag) {
      const current = readCurrent(paths.config);
      if (etag !== current.etag) throw changed(etag, current.etag);
      const real = toReal(text, current.text ?? "");
      // Compare again, because checking takes a moment.
      const again = readCurrent(paths.config);
      if (etag !== again.etag) throw changed(etag, again.etag);
      replaceFile(paths.config, real);
      return view();
    },
  };
}

/**
 * Replaces the text of config.yaml atomically. Keeps its mode, and the link if it is one.
 *
 * @throws {RunnerError} config_missing
 */
export function replaceFile(config: string, text: string): void {
  const file = resolveLink(config);
  writeFileAtomic(file, text, statSync(file).mode & 0o777);
}

/** The path of the config without links. @throws {RunnerError} config_missing */
function resolveLink(config: string): string {
  try {
    return realpathSync(config);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw new RunnerError("config_missing", `${config} does not exist.`, {
      hint: `Write one with \`${CALL} init\`, or let \`${CALL} start\` write one.`,
    });
  }
}

/** A config with this value alone. */
function nest([step, ...below]: readonly string[], value: string): unknown {
  if (step === undefined) return value;
  return /^\d+$/.test(step) ? [nest(below, value)] : { [step]: nest(below, value) };
}

/** @throws {RunnerError} config_invalid */
function withoutKeys(text: string): string {
  const kept = withoutTypedKeys(text);
  if (kept !== undefined) return kept;
  throw new RunnerError(
    "config_invalid",
    "The text is not valid YAML now, so no key can be recognized in it.",
    { hint: "Correct it; until then, only this tab has what you typed." },
  );
}

interface Current {
  /** undefined: not UTF-8. */
  text: string | undefined;
  etag: string;
  fault: ConfigIssue[];
}

function readCurrent(config: string): Current {
  let text: string | undefined;
  const fault = issuesOf(() => {
    text = readText(config);
  });
  const bytes = readBytes(config);
  const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
  return { text, etag, fault };
}

/** The issues that `check` throws as config_invalid; throws any other error. */
function issuesOf(check: () => unknown): ConfigIssue[] {
  try {
    check();
    return [];
  } catch (thrown) {
    const error = toRunnerError(thrown);
    if (error.code !== "config_invalid") throw error;
    return error.data["issues"] as ConfigIssue[];
  }
}

function parse(text: string): Record<string, unknown> | null {
  const source = readYaml(text);
  return source.faults ? null : (configSchema.safeParse(source.value).data ?? null);
}

function changed(etag: string | undefined, current: string): RunnerError {
  return etag === undefined
    ? new RunnerError("config_changed", "The header If-Match is missing.", {
        hint: "Read the config, and send its etag in If-Match.",
      })
    : new RunnerError(
        "config_changed",
        `The file config.yaml was changed meanwhile: If-Match is ${etag}, but its etag is ${current}.`,
        { hint: "Read it again, and repeat the edit." },
      );
}

function misplacedIssue(text: string, offset: number): ConfigIssue {
  const expected = "(hidden …) only in the place of the key that it hides";
  return {
    ...positionIn(text, offset),
    key: "",
    value: "(hidden)",
    expected,
    message: `Write the key itself or \${NAME}: expected ${expected}`,
  };
}
