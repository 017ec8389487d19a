import { createInterface } from "node:readline/promises";
import { escapeText } from "./text.ts";

/** Asks a person at a terminal. */
export interface Dialog {
  /**
   * The answer without surrounding spaces; `fallback` if it is empty.
   *
   * @throws AbortError on Ctrl-C and Ctrl-D
   */
  ask(question: string, fallback: string): Promise<string>;
}

export interface DialogOptions {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  /** Whether `input` is a terminal, whose lines are edited here. */
  terminal: boolean;
  /** Ends an open question. */
  interrupt: AbortController;
}

export function createDialog({ input, output, terminal, interrupt }: DialogOptions): Dialog {
  return {
    async ask(question, fallback) {
      // A new one for each question, because an open one keeps the program alive.
      const lines = createInterface({ input, output, terminal });
      // In raw mode the terminal sends no signal, and after the end of input no answer comes.
      const abort = (): void => interrupt.abort();
      lines.once("SIGINT", abort);
      lines.once("close", abort);
      try {
        const shown = fallback === "" ? "" : ` [${escapeText(fallback)}]`;
        const { signal } = interrupt;
        const answer = await lines.question(`${escapeText(question)}${shown}: `, { signal });
        return answer.trim() || fallback;
      } finally {
        lines.off("close", abort);
        lines.close();
      }
    },
  };
}
