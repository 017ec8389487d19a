import { expect, test } from "vitest";
import { discardDraft, keepDraft, listDrafts } from "../../daemon/journal/drafts.ts";
import { MOST_CHARS_OF_ALL, MOST_DRAFT_CHARS, MOST_DRAFTS } from "../../daemon/protocol/draft.ts";
import { openTestJournal } from "../helper/test-journal.ts";

const draft = (text: string) => ({
  page: "/notes/note_1",
  form: "Note",
  texts: { body: text },
  before: { body: "0" },
  without_keys: false,
});
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

test("a draft is kept in its newest state, the newest draft first, until it is discarded", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  keepDraft(journal, "draft_a", draft("One"), at(1));
  keepDraft(journal, "draft_b", draft("Two"), at(2));
  keepDraft(journal, "draft_a", draft("One more"), at(3));
  expect(listDrafts(journal)).toEqual([
    { draft_id: "draft_a", ...draft("One more"), created_at: at(1), updated_at: at(3) },
    { draft_id: "draft_b", ...draft("Two"), created_at: at(2), updated_at: at(2) },
  ]);
  discardDraft(journal, "draft_a");
  discardDraft(journal, "draft_a");
  expect(listDrafts(journal).map(({ draft_id }) => draft_id)).toEqual(["draft_b"]);
});

test("a draft that goes on with another one takes its place, also where no more are kept", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  for (let index = 0; index < MOST_DRAFTS; index += 1) {
    keepDraft(journal, `draft_${index}`, draft(`Text ${index}`), at(index));
  }
  expect(() => keepDraft(journal, "draft_new", draft("More"), at(200))).toThrow(
    expect.objectContaining({ code: "too_many_drafts" }),
  );
  expect(listDrafts(journal)).toHaveLength(MOST_DRAFTS);
  keepDraft(journal, "draft_0", draft("Known"), at(201));
  keepDraft(journal, "draft_new", { ...draft("More"), replaces: "draft_1" }, at(202));
  const ids = listDrafts(journal).map(({ draft_id }) => draft_id);
  expect(ids).toHaveLength(MOST_DRAFTS);
  expect(ids.slice(0, 2)).toEqual(["draft_new", "draft_0"]);
  expect(ids).not.toContain("draft_1");
});

test("all drafts together have a bound too, which a shorter one can still meet", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const long = draft("x".repeat(MOST_DRAFT_CHARS - 100));
  const keep = (id: number, text = long): void => keepDraft(journal, `draft_${id}`, text, at(id));
  for (let id = 0; id < MOST_CHARS_OF_ALL / MOST_DRAFT_CHARS; id += 1) keep(id);
  expect(() => keep(100)).toThrow(expect.objectContaining({ code: "too_many_drafts" }));
  keep(101, draft("Short"));
  keep(0, draft("Shorter than before"));
  keep(100);
});

test("a draft that is too long is refused, and what was kept of it stays", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  keepDraft(journal, "draft_a", draft("One"), at(1));
  expect(() => keepDraft(journal, "draft_a", draft("x".repeat(MOST_DRAFT_CHARS)), at(2))).toThrow(
    expect.objectContaining({ code: "draft_too_long" }),
  );
  expect(listDrafts(journal)).toMatchObject([{ texts: { body: "One" } }]);
});
