import type { DiagnosisFinding } from "../protocol/diagnosis.ts";

type Check = DiagnosisFinding["check"];

/** A finding that everything is right. */
export function ok(check: Check, message: string): DiagnosisFinding {
  return { check, level: "ok", code: "ok", agent_id: null, message, hint: null };
}

interface Trouble {
  code: string;
  message: string;
  hint: string | null;
  agent_id?: string | null;
}

/** A finding that is good to know; nothing is wrong. */
export function note(check: Check, { agent_id = null, ...trouble }: Trouble): DiagnosisFinding {
  return { check, level: "note", agent_id, ...trouble };
}

/** A finding that something is wrong, with its fix. */
export function problem(check: Check, { agent_id = null, ...trouble }: Trouble): DiagnosisFinding {
  return { check, level: "problem", agent_id, ...trouble };
}

/** The findings, or {@link ok} without any. */
export function orOk(
  check: Check,
  findings: readonly DiagnosisFinding[],
  message: string,
): readonly DiagnosisFinding[] {
  return findings.length === 0 ? [ok(check, message)] : findings;
}
