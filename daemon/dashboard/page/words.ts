/** The product's words, as filters and sentences show them. */
import { sayOutcome } from "../../core/outcome.ts";
import type { FileOutcome, FileState } from "../../protocol/file.ts";
import type { RunStatus, Trigger } from "../../protocol/run.ts";

type Options<Word extends string> = readonly (readonly [value: Word, text: string])[];

export const runStatuses: Options<RunStatus> = [
  ["running", "running"],
  ["success", "success"],
  ["partial", "partial"],
  ["error", "error"],
  ["cancelled", "cancelled"],
];

export const triggers: Readonly<Record<Trigger, string>> = {
  cron: "schedule",
  manual: "Run Now",
  watch: "changed files",
  startup: "daemon start",
  retry: "retry",
};

export const fileStates: Options<FileState> = [
  ["pending", "pending"],
  ["working", "working"],
  ["done", "done"],
  ["failed", "failed"],
  ["skipped", "skipped"],
  ["gone", "gone"],
];

export const fileOutcomes: Options<FileOutcome> = (
  ["recorded", "nothing_recorded", "capped"] as const
).map((outcome) => [outcome, sayOutcome(outcome)]);

/** What a done file gave, unless all is well; null: it is not done, or all is well. */
export function sayLack(outcome: FileOutcome | null): string | null {
  return outcome === null || outcome === "recorded" ? null : sayOutcome(outcome);
}

/** Why a file is skipped, or what it waits for. A reason that is missing here is shown as its code. */
export const skipReasons: Readonly<Record<string, string>> = {
  outside_hours: "It waits for the `hours` of its model. Run Now reads it at once.",
  empty: "It has no content.",
  too_large: "It is larger than the agent's `max_file_bytes`.",
  not_regular: "It is not a regular file.",
  symlink:
    "It is a symbolic link. Its target is read where it lies, if that directory is configured.",
  unsupported: "Its format is not supported.",
  encrypted: "It is protected by a password.",
  no_text: "No text found; it is probably a scan.",
  own_export:
    "Agent Runner exported it. Remove its line `agent_runner_export` if you want it to be read.",
  conflict_copy:
    "A sync program left it beside its original, with another text. Remove or rename one of the two.",
  undone: "Its notes, tasks and projects were undone. Retry to read it again.",
  forgotten: "Its stored content was deleted. Its hash stays, so that it is not sent again.",
  not_watched:
    "Its directory or agent is no longer in the config. Its notes, tasks and projects stay.",
  ignored: "Files with such a name are never read: temporary, hidden or internal to a program.",
  excluded: "The agent's `include` or `exclude` leaves it out.",
  extension: "The agent's `extensions` leave it out.",
  too_old: "It is older than the agent's `modified_after`.",
  name_not_utf8: "Its name is not valid UTF-8.",
};
