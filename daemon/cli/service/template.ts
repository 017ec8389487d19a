import { existsSync, readFileSync } from "node:fs";
import { RunnerError } from "../../core/errors.ts";

// From the sources of a clone, and from `dist/daemon` of a package.
const PLACES = ["../../../config/service/", "../../config/service/"];

/** A template of config/service/ with each `{{NAME}}` filled; lines that become empty are dropped. */
export function readTemplate(name: string, values: Readonly<Record<string, string>>): string {
  const files = PLACES.map((place) => new URL(place + name, import.meta.url));
  const file = files.find((one) => existsSync(one));
  if (file === undefined) throw new RunnerError("internal", `The template ${name} is missing.`);
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      const filled = line.replaceAll(/\{\{([A-Z]+)\}\}/gu, (_, key: string) => values[key] ?? "");
      return filled === "" && line !== "" ? [] : [filled];
    })
    .join("\n");
}

/** Quotes a word of a command line in a unit (systemd.syntax, systemd.service). */
export function systemdQuote(word: string): string {
  return `"${escapeWord(word).replaceAll("%", "%%").replaceAll("$", "$$$$")}"`;
}

/** Quotes a word of the Exec key of a desktop entry: escaped for the quotes, then for the line. */
export function desktopQuote(word: string): string {
  const quoted = `"${word.replaceAll(/["`$\\]/gu, String.raw`\$&`)}"`;
  return quoted.replaceAll("\\", "\\\\").replaceAll("%", "%%");
}

/** Quotes a word of a command line that CommandLineToArgvW will split. */
export function windowsQuote(word: string): string {
  return `"${word.replaceAll(/(\\*)"/gu, String.raw`$1$1\"`).replace(/\\+$/u, "$&$&")}"`;
}

/** Quotes a value in a file for Node's `--env-file`, in quotes that expand nothing. */
export function envFileQuote(value: string): string {
  return value.includes("'") ? `\`${value}\`` : `'${value}'`;
}

export function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function escapeWord(word: string): string {
  return word.replaceAll("\\", "\\\\").replaceAll('"', String.raw`\"`);
}
