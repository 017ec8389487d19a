import type { LimitReached, Warning } from "../protocol/warning.ts";
import type { ModelReply } from "./model/model.ts";
import type { CallResult } from "./tool-call.ts";

/** What of a job's tool calls was not run, for the person: the model alone would know it otherwise. */
export interface Shortfall {
  /** Notes the results of the calls of one reply. */
  note(results: readonly CallResult[]): void;
  warnings(): Warning[];
}

export function startShortfall(): Shortfall {
  let beyondLimit = 0;
  // A reply without mistakes corrects those before it.
  let misunderstood = 0;
  return {
    note(results) {
      beyondLimit += results.filter(({ is_beyond_limit }) => is_beyond_limit).length;
      misunderstood = results.filter(({ is_valid }) => !is_valid).length;
    },
    warnings: () => [
      ...(beyondLimit === 0
        ? []
        : [
            limit(
              "calls_beyond_limit",
              `Tool calls beyond the limit were not run: ${beyondLimit}.`,
            ),
          ]),
      ...(misunderstood === 0
        ? []
        : [
            {
              code: "calls_not_understood",
              message: `Tool calls that the model got wrong were not run: ${misunderstood}.`,
            },
          ]),
    ],
  };
}

/**
 * Why a loop that ended with a reply may not have recorded all: the iterations, or a model that went round in circles.
 *
 * @param at.is_last no iteration was left
 * @param at.is_closed the model might not call tools any more
 */
export function explainEnd(
  reply: Pick<ModelReply, "stop" | "left_out">,
  { is_last, is_closed, iteration }: { is_last: boolean; is_closed: boolean; iteration: number },
): Warning[] {
  const { left_out } = reply;
  if (left_out !== undefined) {
    const message = `Beyond the limit of one file, and not recorded: ${left_out}.`;
    return left_out === 0 ? [] : [limit("records_beyond_limit", message)];
  }
  const isFinal = reply.stop === "final";
  if (is_last && (is_closed || !isFinal)) {
    const message = `The model was stopped after ${iteration} replies, the limit of max_iterations.`;
    return [limit("iterations_beyond_limit", message)];
  }
  if (!is_closed || isFinal) return [];
  const message = `The model repeated its calls, and was stopped after ${iteration} replies.`;
  return [limit("repeated_calls", message)];
}

function limit(code: LimitReached, message: string): Warning {
  return { code, message };
}
