import { createInterface } from "node:readline/promises";
import { RunnerError } from "../core/errors.ts";
import type { Context } from "./context.ts";

/**
 * Asks before something that cannot be had back. Gives whether to go on.
 *
 * @throws invalid_request where nobody can be asked and nobody consented beforehand
 */
export async function confirm(
  question: string,
  consents: boolean | undefined,
  { signal, output }: Context,
): Promise<boolean> {
  if (consents) return true;
  if (!process.stdin.isTTY || !output.canRedraw) {
    throw new RunnerError(
      "invalid_request",
      `this asks first, and there is no terminal: ${question}`,
      {
        hint: "Add --yes to consent.",
      },
    );
  }
  output.note(question);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question("[y/N] ", { signal });
    return /^y(?:es)?$/iu.test(answer.trim());
  } finally {
    terminal.close();
  }
}
