import type { TargetedEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { discardDraft, drafts, flushDrafts, type HeldDraft, holdText } from "./drafts.ts";
import { usePlace } from "./router.ts";
import { createStore, useStore } from "./store.ts";

type FieldElement = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** What is typed into one form of the page and not saved. Every field of a form goes through it. */
export interface FormDraft {
  /** The name of the form. */
  form: string;
  /** undefined: nothing is typed. */
  held: HeldDraft | undefined;
  /** When it was typed, if that was before this form was opened. */
  restoredAt: string | undefined;
  /** What a field shows: what was typed, or else what it says `now`. */
  textOf(name: string, now: string): string;
  /** The props of a field. @param now what it says if nothing is typed */
  field(
    name: string,
    now?: string,
  ): { value: string; "data-draft": string; onInput(event: TargetedEvent<FieldElement>): void };
  /** @param mark says which content the field has without a draft; left out: made of `now` */
  set(name: string, text: string, now: string, mark?: string): void;
  unset(name: string): void;
  /** Whether the field says something else now than when it was typed into. */
  isOutdated(name: string, mark: string): boolean;
  /** It was saved, or is not wanted. */
  discard(): void;
}

/** The drafts that a form of this page shows, by id. */
export const shownDrafts = createStore<ReadonlySet<string>>(new Set());

/** The path of the page, as drafts have it. */
export const usePagePath = (): string => `/${usePlace().parts.join("/")}`;

/** The draft of a form: the newest one of this page and name, until it is saved or discarded. */
export function useDraft(form: string): FormDraft {
  const page = usePagePath();
  const all = useStore(drafts);
  const id = useRef<string | undefined>(undefined);
  const [restoredAt, setRestoredAt] = useState<string>();
  const held =
    all.find(({ draft_id }) => draft_id === id.current) ??
    all.find((one) => one.page === page && one.form === form);
  const shown = held?.draft_id;
  useEffect(() => {
    // What is typed now has its id already.
    if (shown !== id.current) setRestoredAt(held?.updated_at);
    id.current = shown;
    if (shown === undefined) return setRestoredAt(undefined);
    shownDrafts.set(new Set([...shownDrafts.get(), shown]));
    return () => {
      shownDrafts.set(new Set([...shownDrafts.get()].filter((one) => one !== shown)));
    };
  }, [shown]);
  useEffect(() => flushDrafts, []);

  // A field may be typed into twice before the form is drawn again.
  const newest = (): HeldDraft | undefined =>
    drafts.get().find(({ draft_id }) => draft_id === (id.current ?? shown));
  const hold = (name: string, text: string | undefined, mark: string): void => {
    id.current = holdText({ page, form }, newest(), { name, text, mark });
  };
  const set = (name: string, text: string, now: string, mark = markOf(now)): void =>
    hold(name, text === now ? undefined : text, mark);
  const textOf = (name: string, now: string): string => held?.texts[name] ?? now;
  return {
    form,
    held,
    restoredAt,
    textOf,
    field: (name, now = "") => ({
      value: textOf(name, now),
      "data-draft": form,
      onInput: (event) => set(name, event.currentTarget.value, now),
    }),
    set,
    unset(name) {
      if (newest()?.texts[name] !== undefined) hold(name, undefined, "");
    },
    isOutdated: (name, mark) => (held?.before[name] ?? mark) !== mark,
    discard() {
      const draft = newest();
      id.current = undefined;
      if (draft !== undefined) discardDraft(draft);
    },
  };
}

/** A short mark of a text; other texts have another one. It says nothing of the text. */
export function markOf(text: string): string {
  // cyrb53, by bryc: https://github.com/bryc/code/blob/master/jshash/experimental/cyrb53.js
  let [low, high] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 2_654_435_761);
    high = Math.imul(high ^ unit, 1_597_334_677);
  }
  low =
    Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  high =
    Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & high) + (low >>> 0)).toString(16);
}
