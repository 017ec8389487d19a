import { createHash } from "node:crypto";

/** The key of the front matter by which a file of an exported vault is recognised. */
export const EXPORT_MARK = "agent_runner_export";

/** The product that a calendar names, by which it is recognised. */
export const CALENDAR_MARK = "-//Agent Runner//Tasks//EN";

/** The value of {@link EXPORT_MARK}. It depends on what the file is, so that no text has it by quoting the key. */
export function exportMark(type: string, id: string): string {
  return createHash("sha256")
    .update(`agent-runner export ${type} ${id}`)
    .digest("hex")
    .slice(0, 16);
}
