import { pino } from "pino";
import { openLogFile } from "./log-file.ts";
import { formsOf, redact } from "./secret-forms.ts";

/**
 * A log line has a static message and fields, so that lines can be counted. It never contains a key, because every
 * known secret is replaced.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A logger with a file to close. */
export interface OpenLogger extends Logger, Disposable {}

/** Logs nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Opens the log file for appending (JSON lines, mode 0600).
 *
 * @param options.secrets returns the values that must never be written, another list when they change; called for every line
 */
export function openLogger(options: { file: string; secrets: () => Iterable<string> }): OpenLogger {
  const log = openLogFile(options.file);
  let known: { secrets: Iterable<string>; forms: string[] } | undefined;
  const forms = (): string[] => {
    const secrets = options.secrets();
    if (known?.secrets !== secrets) known = { secrets, forms: formsOf(secrets) };
    return known.forms;
  };
  const sink = {
    write: (line: string): void => log.append(escapeUnseen(redact(line, forms()))),
  };
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, level: "info" },
    sink,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    [Symbol.dispose]: () => log[Symbol.dispose](),
  };
}

/**
 * A JSON line with all that acts on a terminal, or hides or reorders text, as `\uXXXX`: people look at the file with
 * any program. JSON itself escapes only what is below U+0020.
 */
function escapeUnseen(line: string): string {
  return line.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
