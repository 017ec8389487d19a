import { RunnerError } from "../core/errors.ts";
import type { Context } from "./context.ts";

/**
 * Asks before something that cannot be undone, and returns the answer.
 *
 * @param consents true: `--yes` was given, so do not ask
 * @throws invalid_request without a terminal and without consent
 */
export async function confirm(
  question: string,
  consents: boolean | undefined,
  { dialog }: Context,
): Promise<boolean> {
  if (consents) return true;
  if (dialog === undefined) {
    throw new RunnerError("invalid_request", `This needs your confirmation: ${question}`, {
      hint: "Add --yes to confirm.",
    });
  }
  return /^y(?:es)?$/iu.test(await dialog.ask(question, "no"));
}
