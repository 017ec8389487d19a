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
  { dialog }: Context,
): Promise<boolean> {
  if (consents) return true;
  if (dialog === undefined) {
    throw new RunnerError(
      "invalid_request",
      `this asks first, and there is no terminal: ${question}`,
      { hint: "Add --yes to consent." },
    );
  }
  return /^y(?:es)?$/iu.test(await dialog.ask(question, "no"));
}
