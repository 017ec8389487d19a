import { RunnerError } from "../core/errors.ts";
import type { ChangeSet } from "../protocol/change-set.ts";
import type { LoopOutcome } from "./loop.ts";

/** Why a job fails whose loop ended so; undefined: it is committed. */
export function explainNoResult(
  outcome: LoopOutcome["outcome"],
  changeSet: ChangeSet,
): RunnerError | undefined {
  if (outcome === "complete") return undefined;
  // If its file were done, no one would see that the model went round in circles.
  return outcome === "capped" && !isEmpty(changeSet) ? undefined : explain(outcome);
}

function isEmpty({ changes, confirmed }: ChangeSet): boolean {
  return changes.length === 0 && confirmed.length === 0;
}

function explain(outcome: Exclude<LoopOutcome["outcome"], "complete">): RunnerError {
  switch (outcome) {
    case "capped":
      return new RunnerError(
        "iterations_exhausted",
        "The model went on calling tools to its last reply, and recorded nothing.",
        {
          hint: "Use another model, or raise max_iterations, and retry the file.",
        },
      );
    case "truncated":
      return new RunnerError("reply_truncated", "The model's reply was cut off before it ended.", {
        hint: "Use a model that keeps to what it is asked, or load it with a larger context window, and retry the file.",
      });
    case "refused":
      return new RunnerError(
        "reply_filtered",
        "The endpoint's content filter withheld the reply.",
        {
          hint: "Use another model for this directory.",
        },
      );
    case "bad_calls":
      return new RunnerError(
        "bad_tool_calls",
        "The model called no tool rightly, three times in a row.",
        {
          hint: "Use a model that supports tool calling.",
        },
      );
    case "written_calls":
      return new RunnerError(
        "bad_tool_calls",
        "The model's tool calls came as text, and were not run.",
        {
          hint: "Use a model that supports tool calling, on a server that reads its calls.",
        },
      );
  }
}
