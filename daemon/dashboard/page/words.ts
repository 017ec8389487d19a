/** The product's words as they stand in filters and sentences. */
import type { FileState } from "../../protocol/file.ts";
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
  startup: "start-up",
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

/** Why a file was skipped, for people; a reason that is not here is shown as it is. */
export const skipReasons: Readonly<Record<string, string>> = {
  empty: "It has no content.",
  too_large: "It is larger than the agent's max_file_bytes.",
  not_regular: "It is no regular file.",
  symlink: "It is a symbolic link; what it leads to is read where that lies.",
  unsupported: "Its format cannot be read.",
  encrypted: "It has a password.",
  no_text: "It holds no text, as a scan does.",
  undone: "What came of it was taken back. Retry reads it again.",
  forgotten: "Its content was forgotten. The hash stays, so that it is not sent again.",
  not_watched: "Its directory or agent is in the config no more. What came of it stays.",
  ignored: "Its name is one that is never read: temporary, hidden or of a program.",
  excluded: "The agent's include or exclude leaves it out.",
  extension: "The agent's extensions leave it out.",
  too_old: "It is older than the agent's modified_after.",
  name_not_utf8: "Its name is not valid UTF-8.",
};
