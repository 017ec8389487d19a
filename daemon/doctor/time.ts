import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { ok, problem } from "./finding.ts";

// A clock that is before this program was written is wrong.
const EARLIEST = Date.parse("2026-11-01T00:00:00Z");
// Clocks set by the network jump by less.
const TOLERANCE_MS = 5 * 60_000;

/**
 * Checks that the clock can be right, because schedules, daily budgets and due dates depend on it.
 *
 * @param now milliseconds since 1970
 */
export function examineClock(now: number, lastRunAt: string | null): DiagnosisFinding {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const shown = new Date(now).toISOString();
  const hint = "Set the clock, for example with `sudo timedatectl set-ntp true`.";
  if (now < EARLIEST) {
    const message = `The clock says ${shown}, which is before this program was made.`;
    return problem("clock", { code: "clock_wrong", message, hint });
  }
  if (lastRunAt !== null && Date.parse(lastRunAt) > now + TOLERANCE_MS) {
    const message = `The clock says ${shown}, but the newest run started later, at ${lastRunAt}.`;
    return problem("clock", { code: "clock_went_back", message, hint });
  }
  return ok("clock", `It is ${shown}, in the time zone ${zone}.`);
}
