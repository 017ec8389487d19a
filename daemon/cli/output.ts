// The one place of the command line that prints. Whatever a document or an error says is escaped here, before
// it is rendered, so that no command can forget to. With --json stdout gets exactly one JSON document, be it
// the result or an error; what is only good to know meanwhile goes to stderr.
import { styleText } from "node:util";
import type { RunnerError } from "../core/errors.ts";
import { clip, escapeLines, escapeStrings, toSafeJson } from "./text.ts";

type Format = Parameters<typeof styleText>[0];

/** What rendering needs to know of the place where the text will stand. */
export interface Screen {
  /** Columns of the terminal; Infinity where stdout is none, since whoever reads a pipe wants whole values. */
  readonly width: number;
  /** The text in a colour or weight; as it is where that is not wanted (no terminal, NO_COLOR). */
  style(format: Format, text: string): string;
}

export interface Output {
  /** Whether stderr is a terminal, so that {@link Output.redraw} shows something. */
  readonly canRedraw: boolean;
  /** Whether somebody may still read stdout; no longer after `| head` has what it wants. */
  readonly hasReader: boolean;
  /**
   * The result of a command, on stdout: the document itself with --json, else what `render` makes of it.
   * `render` gets a copy whose strings are escaped.
   */
  show<T>(document: T, render: (document: T, screen: Screen) => readonly string[]): void;
  /** Text of the program's own, on stdout as it stands; with --json the document in place of it. */
  print(text: string, document: unknown): void;
  /** Something to know meanwhile, for people: on stderr. */
  note(text: string): void;
  /** Puts one line in place of the one before, on stderr; null takes it away. Only on a terminal. */
  redraw(line: string | null): void;
  /** An error with its hint: on stderr, or as `{error}` on stdout with --json. */
  fail(error: RunnerError): void;
}

export type Sink = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

export interface OutputOptions {
  json: boolean;
  stdout: Sink;
  stderr: Sink;
}

// Of a terminal that does not say how wide it is.
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
      // One less than the width: a full line would make some terminals go on to the next.
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
