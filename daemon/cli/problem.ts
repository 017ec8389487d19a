import type { StatusProblem } from "../protocol/api.ts";
import { formatCount, formatInstant } from "./format.ts";
import type { Screen } from "./output.ts";

/** The lines of problems, each followed by how many files wait for it, and by its hint. */
export function renderProblems(problems: readonly StatusProblem[], screen: Screen): string[] {
  return problems.flatMap((problem) => {
    const { agent_id, message, hint } = problem;
    return [
      screen.style("yellow", agent_id === null ? message : `${agent_id}: ${message}`),
      ...renderWait(problem),
      ...(hint === null ? [] : [`  ${hint}`]),
    ];
  });
}

function renderWait({ code, files, next_attempt_at }: StatusProblem): string[] {
  // Its message says how many already.
  if (files === undefined || code === "confirm_needed") return [];
  const next =
    typeof next_attempt_at === "string" ? `; next try ${formatInstant(next_attempt_at)}` : "";
  return [`  ${formatCount(files, "file")} waiting${next}.`];
}
