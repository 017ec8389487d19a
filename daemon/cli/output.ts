// The one place of the command line that prints. Every text is escaped here, before it is rendered, so that no
// command can forget it. With --json, stdout gets exactly one JSON document: the result or an error. Everything
// else goes to stderr.
import { styleText } from "node:util";
import type { RunnerError } from "../core/errors.ts";
import { clip, escapeLines, escapeStrings, toSafeJson } from "./text.ts";

type Format = Parameters<typeof styleText>[0];

/** What rendering needs to know about the terminal. */
export interface Screen {
  /** Columns of the terminal; Infinity if stdout is not one, because a pipe wants whole values. */
  readonly width: number;
  /** The text in a colour or weight; unchanged without a terminal or with NO_COLOR. */
  style(format: Format, text: string): string;
}

export interface Output {
  /** Whether stderr is a terminal, which {@link Output.redraw} needs. */
  readonly canRedraw: boolean;
  /** Whether stdout may still have a reader; false after `| head` has ended. */
  readonly hasReader: boolean;
  /**
   * Prints the result of a command on stdout: the document itself with --json, else the lines that `render`
   * makes of a copy whose strings are escaped.
   */
  show<T>(document: T, render: (document: T, screen: Screen) => readonly string[]): void;
  /** Prints the program's own text on stdout, unescaped; with --json the document instead. */
  print(text: string, document: unknown): void;
  /** Prints a note for people on stderr. */
  note(text: string): void;
  /** Replaces the line drawn before on stderr; null removes it. Only on a terminal. */
  redraw(line: string | null): void;
  /** Prints an error and its hint on stderr, or `{error}` on stdout with --json. */
  fail(error: RunnerError): void;
}

export type Sink = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

export interface OutputOptions {
  json: boolean;
  stdout: Sink;
  stderr: Sink;
}

// For a terminal that does not report its width.
const DEFAULT_WIDTH = 100;

export function createOutput({ json, stdout, stderr }: OutputOptions): Output {
  let isDrawn = false;

  const clear = (): void => {
    if (isDrawn) stderr.write("\r\x1b[2K");
    isDrawn = false;
  };
  const printDocument = (document: unknown): void => {
    stdout.write(`${toSafeJson(document, stdout.isTTY ? 2 : 0)}\n`);
  };

  return {
    canRedraw: stderr.isTTY === true,
    get hasReader() {
      return stdout.writable;
    },
    show(document, render) {
      clear();
      if (json) {
        printDocument(document);
        return;
      }
      const lines = render(escapeStrings(document), {
        width: stdout.isTTY ? stdout.columns || DEFAULT_WIDTH : Infinity,
        style: (format, text) => styleText(format, text, { stream: stdout }),
      });
      if (lines.length > 0) stdout.write(`${lines.join("\n")}\n`);
    },
    print(text, document) {
      clear();
      if (json) printDocument(document);
      else stdout.write(text);
    },
    note(text) {
      clear();
      stderr.write(`${escapeLines(text)}\n`);
    },
    redraw(line) {
      if (!stderr.isTTY) return;
      clear();
      if (line === null) return;
      // One less than the width, because a full line makes some terminals wrap.
      stderr.write(clip(line, (stderr.columns || DEFAULT_WIDTH) - 1));
      isDrawn = true;
    },
    fail(error) {
      clear();
      if (json) {
        const { code, kind, message, hint, data } = error;
        printDocument({ error: { ...data, code, kind, message, hint } });
        return;
      }
      const label = styleText(["red", "bold"], "error:", { stream: stderr });
      stderr.write(`${label} ${indent(escapeLines(error.message))}\n`);
      if (error.hint !== null) stderr.write(`  ${indent(escapeLines(error.hint))}\n`);
    },
  };
}

function indent(text: string): string {
  return text.replaceAll("\n", "\n  ");
}
