import type { ErrorCode } from "../core/errors.ts";

/** The hours of the model that reads the file have not begun. */
export const OUTSIDE_HOURS = "outside_hours";

/** Reasons that need no person: they end by themselves, or the user chose them. */
export const QUIET_REASONS = [
  "changing",
  "changed",
  "recipe_changed",
  "interrupted",
  "cancelled",
  "dry_run",
  OUTSIDE_HOURS,
] as const;
export type QuietReason = (typeof QUIET_REASONS)[number];

/** The system refuses to read the file for now: another program has it open, or the disk has a fault. */
export const UNAVAILABLE = "unavailable";

/** What a file waits for. It waits for its turn alone if it has no reason. */
export type WaitReason = QuietReason | typeof UNAVAILABLE | ErrorCode;
