import { CALL } from "./call.ts";
import { type ErrorCode, RunnerError } from "./errors.ts";

/** What an id can name, with its error code and the command that lists it. */
const KINDS = {
  agent: { code: "agent_not_found", command: "agents" },
  run: { code: "run_not_found", command: "runs" },
  file: { code: "file_not_found", command: "files" },
  project: { code: "entity_not_found", command: "projects" },
  task: { code: "entity_not_found", command: "tasks" },
  note: { code: "entity_not_found", command: "notes" },
} as const satisfies Record<string, { code: ErrorCode; command: string }>;

/** The error for an unknown id. */
export function notFound(
  kind: keyof typeof KINDS,
  id: string,
  hint = `List them with \`${CALL} ${KINDS[kind].command}\`.`,
): RunnerError {
  return new RunnerError(KINDS[kind].code, `There is no ${kind} ${JSON.stringify(id)}.`, { hint });
}
