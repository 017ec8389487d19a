import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { ok, problem } from "./finding.ts";

// No clock of a machine that runs this program is right before it was written.
const EARLIEST = Date.parse("2026-11-01T00:00:00Z");
// Clocks that are set by the network jump by less.
const TOLERANCE_MS = 5 * 60_000;

/**
 * Whether the clock can be right: schedules, budgets by day and due dates rest on it.
 *
 * @param now milliseconds since 1970
 */
export function examineClock(now: number, lastRunAt: string | null): DiagnosisFinding {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const shown = new Date(now).toISOString();
  const hint = "Set the clock, e.g. by: sudo timedatectl set-ntp true.";
  if (now < EARLIEST) {
    const message = `the clock says ${shown}, which is before this program was made`;
    return problem("clock", { code: "clock_wrong", message, hint });
  }
  if (lastRunAt !== null && Date.parse(lastRunAt) > now + TOLERANCE_MS) {
    const message = `the clock says ${shown}, and the newest run started later, at ${lastRunAt}`;
    return problem("clock", { code: "clock_went_back", message, hint });
  }
  return ok("clock", `${shown}, time zone ${zone}`);
}
