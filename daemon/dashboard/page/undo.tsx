import type { VNode } from "preact";
import type { ForgetAnswer } from "../../protocol/forget.ts";
import type { KeptReason, UndoAnswer } from "../../protocol/undo.ts";
import { ActionButton, notify } from "./action.tsx";
import { post } from "./api.ts";
import { plural } from "./format.ts";

const KEPT: Readonly<Record<KeptReason, string>> = {
  edited_by_user: "edited by you",
  deleted_by_user: "deleted by you",
  changed_later: "changed again since",
  other_source: "another file says it too",
  has_members: "tasks or notes belong to it",
  name_taken: "its name is taken by now",
};

/** Takes back what a run or a file gave, and says what stays and why. */
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
    const stays = kept.length === 0 ? "" : ` ${plural(kept.length, "thing")} stayed: ${reasons}.`;
    notify(`${plural(reverted, "change")} taken back.${stays}`);
    onDone();
  };
  return (
    <ActionButton kind="danger" ask={ask} act={undo}>
      Undo
    </ActionButton>
  );
}

/** Purges what is kept of a file's content. */
export function ForgetButton({ fileId, onDone }: { fileId: string; onDone(): void }): VNode {
  const forget = async (): Promise<void> => {
    const answer = await post<ForgetAnswer>(`/api/files/${encodeURIComponent(fileId)}/forget`);
    const also =
      answer.also.length === 0
        ? ""
        : ` So are ${plural(answer.also.length, "copy", "copies")} of it.`;
    notify(`Its text, conversations and quotes are forgotten.${also}`);
    onDone();
  };
  return (
    <ActionButton
      kind="quiet"
      ask="Purge its text, conversations and quotes for good? Tasks and notes stay."
      act={forget}
    >
      Forget
    </ActionButton>
  );
}
