import type { VNode } from "preact";
import type { ForgetAnswer } from "../../protocol/forget.ts";
import type { KeptReason, UndoAnswer } from "../../protocol/undo.ts";
import { ActionButton, notify } from "./action.tsx";
import { post } from "./api.ts";
import { formatCount, plural } from "./format.ts";

const KEPT: Readonly<Record<KeptReason, string>> = {
  edited_by_user: "edited by you",
  deleted_by_user: "deleted by you",
  changed_later: "changed later",
  other_source: "also found in another file",
  has_members: "it has tasks or notes",
  name_taken: "its name is in use again",
};

/** Undoes what a run, a file or an agent made, and shows what stays and why. */
export function UndoButton({
  path,
  body = {},
  ask,
  onDone,
}: {
  path: string;
  body?: object;
  ask: string;
  onDone(): void;
}): VNode {
  const undo = async (): Promise<void> => {
    const { reverted, kept } = await post<UndoAnswer>(path, body);
    const reasons = [...new Set(kept.map(({ reason }) => KEPT[reason]))].join(", ");
    const stays = kept.length === 0 ? "" : ` ${formatCount(kept.length)} stayed: ${reasons}.`;
    notify(`${plural(reverted, "change")} undone.${stays}`);
    onDone();
  };
  return (
    <ActionButton kind="danger" ask={ask} act={undo}>
      Undo
    </ActionButton>
  );
}

/** Deletes the stored content of a file. */
export function ForgetButton({ fileId, onDone }: { fileId: string; onDone(): void }): VNode {
  const forget = async (): Promise<void> => {
    const answer = await post<ForgetAnswer>(`/api/files/${encodeURIComponent(fileId)}/forget`);
    const also =
      answer.also.length === 0
        ? ""
        : ` The same was deleted for ${plural(answer.also.length, "copy", "copies")}.`;
    notify(`Its text, conversations and quotes were deleted.${also}`);
    onDone();
  };
  return (
    <ActionButton
      kind="quiet"
      ask="Delete its stored text, conversations and quotes for good, and what you typed about its things and did not save? Tasks and notes stay."
      act={forget}
    >
      Forget
    </ActionButton>
  );
}
