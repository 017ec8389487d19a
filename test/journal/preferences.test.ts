import { expect, test } from "vitest";
import { changePreferences, readPreferences } from "../../daemon/journal/preferences.ts";
import { writeSetting } from "../../daemon/journal/settings.ts";
import { MOST_PAGES } from "../../daemon/protocol/preferences.ts";
import { openTestJournal } from "../helper/test-journal.ts";

test("a change keeps what it does not name, and an empty query removes", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  expect(readPreferences(journal)).toEqual({ filters: {} });
  changePreferences(journal, { filters: { "/tasks": "group=project", "/files": "view=tree" } });
  changePreferences(journal, { filters: { "/tasks": "" } });
  changePreferences(journal, {});
  expect(readPreferences(journal)).toEqual({ filters: { "/files": "view=tree" } });
});

test("too many pages are refused, and nothing changes", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const many = Array.from({ length: MOST_PAGES + 1 }, (_, index) => [`/${index}`, "a=b"]);
  changePreferences(journal, { filters: { "/tasks": "group=agent" } });
  expect(() => changePreferences(journal, { filters: Object.fromEntries(many) })).toThrow(
    expect.objectContaining({ code: "invalid_request" }),
  );
  expect(readPreferences(journal)).toEqual({ filters: { "/tasks": "group=agent" } });
});

test("what another version kept, and this one does not understand, counts as not set", async () => {
  using opened = await openTestJournal();
  writeSetting(opened.journal, "preferences", { filters: "all" });
  expect(readPreferences(opened.journal)).toEqual({ filters: {} });
});
