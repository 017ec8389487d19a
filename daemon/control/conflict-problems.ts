import path from "node:path";
import { originalOf } from "../core/conflict-copy.ts";
import { listConflicts } from "../journal/conflict-views.ts";
import type { Journal } from "../journal/open.ts";
import type { AgentProblem } from "./waiting.ts";

/**
 * The problem of each agent that skips conflict copies: it names the first of them and its original. The copies are
 * skipped, so none of them is counted as waiting.
 */
export function listConflictProblems(journal: Journal): AgentProblem[] {
  return listConflicts(journal).map(({ agent_id, files, path: copy }) => {
    const original = path.join(path.dirname(copy), originalOf(path.basename(copy)) ?? "");
    const others = files === 1 ? "" : files === 2 ? ", and 1 more" : `, and ${files - 1} more`;
    return {
      code: "conflict_copy",
      agent_id,
      message: `${copy} is another version of ${original}${others}.`,
      hint: "Remove or rename one of the two, or set `conflict_copies: read` for the agent.",
    };
  });
}
