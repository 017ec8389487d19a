import type { StatusProblem } from "../protocol/api.ts";
import type { Screen } from "./output.ts";

/** What needs a person, each followed by what to do about it. */
export function renderProblems(problems: readonly StatusProblem[], screen: Screen): string[] {
  return problems.flatMap(({ agent_id, message, hint }) => [
    screen.style("yellow", agent_id === null ? message : `${agent_id}: ${message}`),
    ...(hint === null ? [] : [`  ${hint}`]),
  ]);
}
