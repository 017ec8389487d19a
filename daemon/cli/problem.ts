import type { StatusProblem } from "../protocol/api.ts";
import type { Screen } from "./output.ts";

/** The lines of problems, each followed by its hint. */
export function renderProblems(problems: readonly StatusProblem[], screen: Screen): string[] {
  return problems.flatMap(({ agent_id, message, hint }) => [
    screen.style("yellow", agent_id === null ? message : `${agent_id}: ${message}`),
    ...(hint === null ? [] : [`  ${hint}`]),
  ]);
}
