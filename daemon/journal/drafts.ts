import { sql } from "kysely";
import { RunnerError } from "../core/errors.ts";
import {
  type Draft,
  type DraftBody,
  MOST_CHARS_OF_ALL,
  MOST_DRAFT_CHARS,
  MOST_DRAFTS,
} from "../protocol/draft.ts";
import type { EntityType } from "../protocol/entity.ts";
import type { Journal } from "./open.ts";

/*
 * Drafts: what was typed into forms of the page and not saved. They are no part of an entity's history, and stay until
 * they are saved, discarded or forgotten; no retention removes them.
 */

/** Every draft, the newest first. */
export function listDrafts(journal: Journal): Draft[] {
  return journal
    .all(
      journal.build
        .selectFrom("drafts")
        .selectAll()
        .orderBy("updated_at", "desc")
        .orderBy("draft_id"),
    )
    .map(({ texts, before, without_keys, ...row }) => ({
      ...row,
      texts: JSON.parse(texts) as Draft["texts"],
      before: JSON.parse(before) as Draft["before"],
      without_keys: without_keys === 1,
    }));
}

/**
 * Keeps a draft, or its newer state. Returns when it was kept.
 *
 * @throws {RunnerError} draft_too_long, too_many_drafts: nothing is changed
 */
export function keepDraft(
  journal: Journal,
  draftId: string,
  { replaces, ...draft }: DraftBody & Pick<Draft, "without_keys">,
  now: string,
): void {
  const texts = JSON.stringify(draft.texts);
  const before = JSON.stringify(draft.before);
  const chars = texts.length + before.length;
  refuseLong(chars);
  journal.transaction(() => {
    if (replaces !== undefined) discardDraft(journal, replaces);
    refuseMany(journal, draftId, chars);
    const state = { ...draft, texts, before, without_keys: draft.without_keys ? 1 : 0 } as const;
    journal.run(
      journal.build
        .insertInto("drafts")
        .values({ draft_id: draftId, ...state, created_at: now, updated_at: now })
        .onConflict((conflict) =>
          conflict.column("draft_id").doUpdateSet({ ...state, updated_at: now }),
        ),
    );
  });
}

/** Discards a draft, if it is kept. */
export function discardDraft(journal: Journal, draftId: string): void {
  journal.run(journal.build.deleteFrom("drafts").where("draft_id", "=", draftId));
}

const PAGES: Readonly<Record<EntityType, string>> = {
  project: "/projects/",
  task: "/tasks/",
  note: "/notes/",
};

/** Discards the drafts of the things that some jobs made or changed. Returns how many. */
export function forgetDrafts(journal: Journal, jobIds: readonly string[]): number {
  const ids = sql`(SELECT value FROM json_each(${JSON.stringify(jobIds)}))`;
  const page = sql`CASE entity_type WHEN 'project' THEN ${PAGES.project}
    WHEN 'task' THEN ${PAGES.task} ELSE ${PAGES.note} END || entity_id`;
  return journal.run(
    sql`DELETE FROM drafts WHERE page IN (
      SELECT ${page} FROM changes WHERE job_id IN ${ids} AND op <> 'confirm')`,
  );
}

function refuseLong(chars: number): void {
  if (chars <= MOST_DRAFT_CHARS) return;
  throw new RunnerError(
    "draft_too_long",
    `What was typed has ${chars} characters, and at most ${MOST_DRAFT_CHARS} are kept.`,
    { hint: "Save it, or copy it to a file." },
  );
}

function refuseMany(journal: Journal, draftId: string, chars: number): void {
  const others = journal.get(
    sql<{ count: number; chars: number | null }>`SELECT count(*) AS count,
        sum(length(texts) + length(before)) AS chars FROM drafts WHERE draft_id <> ${draftId}`,
  );
  const [count, ofOthers] = [others?.count ?? 0, others?.chars ?? 0];
  if (count < MOST_DRAFTS && ofOthers + chars <= MOST_CHARS_OF_ALL) return;
  throw new RunnerError(
    "too_many_drafts",
    `There are ${count} other texts that were typed and not saved, with ${ofOthers} characters; at most ${MOST_DRAFTS}, with ${MOST_CHARS_OF_ALL}, are kept.`,
    { hint: "Save or discard some of them; the overview lists them." },
  );
}
