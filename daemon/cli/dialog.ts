import { createInterface } from "node:readline/promises";
import { escapeText } from "./text.ts";

/** A person at a terminal who can be asked. */
export interface Dialog {
  /**
   * What is answered, without spaces around it; `fallback` where that is nothing.
   *
   * @throws AbortError when the person ends it (Ctrl-C, Ctrl-D)
   */
  ask(question: string, fallback: string): Promise<string>;
}

export interface DialogOptions {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  /** Whether `input` is a terminal whose lines are edited here. */
  terminal: boolean;
  /** Ends a question that is open. */
  interrupt: AbortController;
}

export function createDialog({ input, output, terminal, interrupt }: DialogOptions): Dialog {
  return {
    async ask(question, fallback) {
      // One for each question: while it is open, it keeps the program alive.
      const lines = createInterface({ input, output, terminal });
      // In raw mode the terminal sends no signal, and at the end of input there is no answer to come.
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
