import type { DaemonFile } from "../protocol/api.ts";

/** What a start did to a journal of an older schema, in lines; none where it did nothing. */
export function formatUpgrade(upgraded: DaemonFile["upgraded"]): string[] {
  if (upgraded === undefined) return [];
  const { from, to, backup } = upgraded;
  return [
    `The journal was upgraded from schema ${from} to ${to}. A backup has it as it was:`,
    `  ${backup}`,
  ];
}
