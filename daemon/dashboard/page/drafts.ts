/**
 * What you type into forms, until you save or discard it. The daemon keeps it a moment after you typed, so it survives
 * a reload, another address and a restart; this tab holds it until then. Nothing of it is kept in the browser.
 */
import type { Page } from "../../protocol/api.ts";
import type { Draft, DraftBody, KeptDraft } from "../../protocol/draft.ts";
import { ApiError, DRAFTS, describeError, get, request } from "./api.ts";
import { connection } from "./live.ts";
import { followToken, session } from "./session.ts";
import { createStore, useStore } from "./store.ts";
import type { TypedText } from "./typed-text.ts";

/** kept: the daemon has it. typed: it does not have the newest yet. refused: it does not take it. */
type Keeping = "kept" | "typed" | "refused";

/** A draft as this tab holds it. */
export interface HeldDraft extends Draft {
  keeping: Keeping;
  /** Why it is refused. */
  problem: string | null;
  /** It was typed into in this tab; another tab may go on with any other. */
  isOwn: boolean;
  /** The draft of the daemon that it goes on with. */
  replaces: string | null;
}

// Whoever types on and on is kept up with, too.
const PAUSE_MS = 400;
const RETRY_MS = 5_000;
const TRIED_AGAIN = new Set(["unreachable", "journal_unwritable"]);
// The most that a browser sends of a page that is being closed.
const LAST_CHARS = 15_000;

/** All drafts, the newest first. */
export const drafts = createStore<readonly HeldDraft[]>([]);
/** Whether the drafts of the daemon are known, or it failed to give them. */
export const areDraftsRead = createStore(false);

/** The last reading failed. */
let isBehind = false;
const timers = new Map<string, ReturnType<typeof setTimeout>>();
const sending = new Map<string, Promise<void>>();
/** Drafts that are discarded here, and not yet at the daemon. */
const discarded = new Set<string>();

/** Follows the session: reads what is kept, and sends what is not. */
export function startDrafts(): void {
  followToken((token) => {
    if (token !== "") return void readDrafts();
    areDraftsRead.set(false);
    drafts.set(drafts.get().filter(isUnkept));
  });
  connection.follow(() => {
    if (connection.get() !== "live") return;
    flushDrafts();
    if (isBehind) void readDrafts();
    for (const draftId of discarded) void discardKept(draftId);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) flushDrafts();
    else void readDrafts();
  });
  window.addEventListener("pagehide", flushDrafts);
  // The browser asks before it closes or reloads the tab.
  window.addEventListener("beforeunload", (event) => {
    if (drafts.get().some(isUnkept)) event.preventDefault();
  });
}

/** Where a text was typed. */
export interface FormPlace {
  page: string;
  form: string;
}

/**
 * Holds a text that was typed; undefined: the field says again what it says without a draft. Returns the id of the
 * draft, which is new where another tab may go on with the old one.
 *
 * @param mark of what the field says without a draft
 */
export function holdText(
  place: FormPlace,
  draft: HeldDraft | undefined,
  { name, text, mark }: { name: string; text: string | undefined; mark: string },
): string | undefined {
  const { [name]: _text, ...texts } = draft?.texts ?? {};
  const { [name]: known = mark, ...before } = draft?.before ?? {};
  if (text === undefined && Object.keys(texts).length === 0) {
    if (draft !== undefined) discardDraft(draft);
    return undefined;
  }
  const now = new Date().toISOString();
  const isOwn = draft?.isOwn === true;
  const held: HeldDraft = {
    ...place,
    draft_id: isOwn ? draft.draft_id : `draft_${crypto.randomUUID()}`,
    texts: text === undefined ? texts : { ...texts, [name]: text },
    before: text === undefined ? before : { ...before, [name]: known },
    without_keys: draft?.without_keys ?? false,
    created_at: draft?.created_at ?? now,
    updated_at: draft?.updated_at ?? now,
    keeping: "typed",
    problem: null,
    isOwn: true,
    replaces: isOwn ? draft.replaces : (draft?.draft_id ?? null),
  };
  drafts.set([held, ...drafts.get().filter((one) => one !== draft)]);
  schedule(held.draft_id, PAUSE_MS);
  return held.draft_id;
}

/** Discards a draft, because it was saved or is not wanted. */
export function discardDraft(draft: HeldDraft): void {
  const { draft_id, replaces } = draft;
  drafts.set(drafts.get().filter((one) => one.draft_id !== draft_id));
  clearTimeout(timers.get(draft_id));
  timers.delete(draft_id);
  for (const id of [draft_id, replaces]) if (id !== null) void discardKept(id);
}

/** Sends what the daemon does not have yet, without waiting for a pause. */
export function flushDrafts(): void {
  for (const draft of drafts.get()) if (isUnkept(draft)) void keep(draft.draft_id);
}

export function listTexts({ form, texts }: Pick<Draft, "form" | "texts">): TypedText[] {
  return Object.entries(texts).map(([name, text]) => ({
    label: `${form}: ${name.replaceAll("_", " ")}`,
    text,
  }));
}

/** What was typed on this page, and what this tab alone has of others. */
export function useTypedTexts(here: readonly TypedText[]): readonly TypedText[] {
  const texts = new Set(here.map(({ text }) => text));
  const others = useStore(drafts).filter(isUnkept).flatMap(listTexts);
  return [...here, ...others.filter(({ text }) => !texts.has(text))];
}

/** Whether the daemon has everything that was typed into forms of this tab. */
export const useAllKept = (): boolean => !useStore(drafts).some(isUnkept);

const isUnkept = ({ keeping }: HeldDraft): boolean => keeping !== "kept";

/** Reads the drafts of the daemon. What was typed here stays as it is. */
async function readDrafts(): Promise<void> {
  if (session.get().is !== "in") return;
  try {
    const { items } = await get<Page<Draft>>(DRAFTS);
    const own = drafts.get().filter(({ isOwn }) => isOwn);
    const known = new Set(own.flatMap(({ draft_id, replaces }) => [draft_id, replaces]));
    const others = items.filter(({ draft_id }) => !known.has(draft_id) && !discarded.has(draft_id));
    const read = { keeping: "kept", problem: null, isOwn: false, replaces: null } as const;
    drafts.set([...own, ...others.map((draft) => ({ ...draft, ...read }))]);
    isBehind = false;
  } catch {
    // The page says by itself that the daemon does not answer; they are read again when it does.
    isBehind = true;
  }
  areDraftsRead.set(true);
}

function change(draftId: string, changes: Partial<HeldDraft>): void {
  drafts.set(drafts.get().map((one) => (one.draft_id === draftId ? { ...one, ...changes } : one)));
}

const find = (draftId: string): HeldDraft | undefined =>
  drafts.get().find(({ draft_id }) => draft_id === draftId);

function schedule(draftId: string, ms: number): void {
  if (timers.has(draftId)) return;
  timers.set(
    draftId,
    setTimeout(() => void keep(draftId), ms),
  );
}

/** Sends a draft; one request at a time for each. */
async function keep(draftId: string): Promise<void> {
  clearTimeout(timers.get(draftId));
  timers.delete(draftId);
  const draft = find(draftId);
  if (draft === undefined || draft.keeping === "kept") return;
  const under = sending.get(draftId);
  if (under !== undefined) return void under.then(() => keep(draftId));
  const sent = put(draft);
  sending.set(draftId, sent);
  await sent;
  sending.delete(draftId);
}

async function put(draft: HeldDraft): Promise<void> {
  const { draft_id, page, form, texts, before, replaces } = draft;
  const body: DraftBody = { page, form, texts, before, ...(replaces === null ? {} : { replaces }) };
  const isShort = JSON.stringify(body).length < LAST_CHARS;
  try {
    const kept = await request<KeptDraft>(`${DRAFTS}/${draft_id}`, {
      method: "PUT",
      body,
      keepalive: isShort,
    });
    const isNewest = find(draft_id)?.texts === texts;
    change(draft_id, { ...kept, replaces: null, ...(isNewest ? { keeping: "kept" } : {}) });
  } catch (error) {
    if (session.get().is !== "in") return;
    const code = error instanceof ApiError ? error.code : "";
    if (TRIED_AGAIN.has(code)) schedule(draft_id, RETRY_MS);
    if (code === "unreachable" || find(draft_id)?.texts !== texts) return;
    const { message, hint } = describeError(error);
    change(draft_id, { keeping: "refused", problem: [message, hint].filter(Boolean).join(" ") });
  }
}

async function discardKept(draftId: string): Promise<void> {
  discarded.add(draftId);
  await sending.get(draftId);
  try {
    await request(`${DRAFTS}/${draftId}`, { method: "DELETE" });
    discarded.delete(draftId);
  } catch {
    // It is discarded when the daemon answers again.
  }
}
