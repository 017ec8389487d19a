import { expect, test } from "vitest";
import { mayNameOthers } from "../../daemon/commit/may-name.ts";
import { openTestJournal } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";

test.each([
  ["# Shopping\n\n- [ ] Bread", false],
  ["The notary was called on Monday.", true],
  ["Buying the milk is done.", true],
  ["Harbour house: windows are in.", true],
  ["What is finished is gone.", false],
  ["The tax return went off.", true],
  ["Nothing about the old thing.", false],
  ["word ".repeat(5_000), true],
])("%j may name what other files made: %j", async (text, expected) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, (workspace) => {
    workspace.createProject({ name: "Harbour house" }, null);
    workspace.createTask({ title: "Call the notary" }, null);
    workspace.createTask({ title: "Buy milk" }, null);
    workspace.createTask({ title: "Send the tax return" }, null);
    workspace.createTask({ title: "Sort the cellar", status: "done" }, null);
    workspace.createNote({ title: "An old thing", body: "" }, null);
  });
  expect(mayNameOthers(journal, text)).toBe(expected);
  const ids = new Set<string>();
  mayNameOthers(journal, "x", (id) => ids.add(id) !== undefined);
  expect(ids.size).toBe(4);
  expect(mayNameOthers(journal, "The notary was called", (id) => ids.has(id))).toBe(false);
});
