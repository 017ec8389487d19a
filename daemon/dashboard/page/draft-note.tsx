import type { VNode } from "preact";
import { ActionButton } from "./action.tsx";
import { type HeldDraft, listTexts, drafts, discardDraft } from "./drafts.ts";
import { escapeLines, escapeText } from "./inert.tsx";
import { connection } from "./live.ts";
import { When } from "./parts.tsx";
import { useStore } from "./store.ts";
import { KeptText } from "./typed-texts.tsx";
import { type FormDraft, shownDrafts, usePagePath } from "./use-draft.ts";

/** Says below a form whether what you typed is kept, and that it was restored. */
export function DraftNote({
  of: draft,
  hasDiscard = false,
}: {
  of: FormDraft;
  /** The form has a button of its own that discards. */
  hasDiscard?: boolean;
}): VNode | null {
  const { held, restoredAt } = draft;
  const state = useStore(connection);
  if (held === undefined) return null;
  return (
    <p
      class="draft"
      data-keeping={held.keeping}
      role={held.keeping === "refused" ? "alert" : undefined}
    >
      {restoredAt === undefined ? null : (
        <>
          Restored what you typed on <When at={restoredAt} />.{" "}
          {hasDiscard ? null : <DiscardButton of={held} label="Discard" />}
        </>
      )}
      {sayKeeping(held, state !== "lost")}
    </p>
  );
}

function sayKeeping({ keeping, problem, without_keys }: HeldDraft, isReached: boolean): string {
  switch (keeping) {
    case "kept":
      return without_keys
        ? "Kept until you save, but for the key: a key is never kept."
        : "Kept until you save.";
    case "refused":
      return escapeText(`Not kept. ${problem ?? ""}`);
    case "typed":
      return isReached ? "Keeping…" : "Only this tab has what you typed.";
  }
}

/** Shows what a field says now, since that changed after you typed into it. */
export function Meanwhile({ now }: { now: string }): VNode {
  return (
    <details class="meanwhile">
      <summary>Changed since you typed; see what it says now</summary>
      <pre class="document">{now === "" ? "Nothing." : escapeLines(now)}</pre>
    </details>
  );
}

/** What was typed on this page and no form shows: another tab's, or of something that does not exist any more. */
export function OtherDrafts(): VNode | null {
  const page = usePagePath();
  const shown = useStore(shownDrafts);
  const others = useStore(drafts).filter(
    (draft) => draft.page === page && !shown.has(draft.draft_id),
  );
  if (others.length === 0) return null;
  return (
    <section class="other-drafts" aria-label="Also typed here">
      <h2>Also typed here, and not saved</h2>
      {others.map((draft) => (
        <article key={draft.draft_id}>
          <p class="muted">
            Typed on <When at={draft.updated_at} />.{" "}
            <DiscardButton of={draft} label={`Discard: ${draft.form}`} />
          </p>
          {listTexts(draft).map((typed) => (
            <KeptText key={typed.label} of={typed} />
          ))}
        </article>
      ))}
    </section>
  );
}

const SHOWN_CHARS = 100;

/** Where something was typed and not saved, of all pages. */
export function UnsavedTexts(): VNode | null {
  const all = useStore(drafts);
  if (all.length === 0) return null;
  return (
    <section aria-labelledby="unsaved-title">
      <h2 id="unsaved-title">Typed and not saved</h2>
      <ul class="cards">
        {all.map(({ draft_id, page, form, texts, updated_at }) => (
          <li key={draft_id}>
            <a href={page}>{escapeText(form)}</a>{" "}
            <span class="muted">
              <When at={updated_at} />:{" "}
              {escapeText(Object.values(texts).join(" ").slice(0, SHOWN_CHARS))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function DiscardButton({ of: draft, label }: { of: HeldDraft; label: string }): VNode {
  return (
    <ActionButton kind="quiet" label={label} act={async () => discardDraft(draft)}>
      Discard
    </ActionButton>
  );
}
