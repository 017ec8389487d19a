import { expect, test } from "vitest";
import { MOST_FOREIGN } from "../../daemon/commit/file-rights.ts";
import { isNamedIn, isSharedIn, LONGEST_PASSAGE } from "../../daemon/commit/passage.ts";
import { wordsOf } from "../../daemon/commit/same-word.ts";
import { listEntityViews } from "../../daemon/journal/entity-views.ts";
import { readFixtures } from "../eval/fixture.ts";
import { openTestJournal } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";

const names = (title: string, passage: string): boolean => isNamedIn("task", { title }, passage);

const fixtures = readFixtures();
const wanted = fixtures.flatMap(({ wanted: { tasks } }) => tasks);
const TITLES = [...new Set(wanted.map(({ title }) => title))];

/** As many passages as a text has, each with as many words as fit. */
function cutIntoPassages(words: readonly string[]): string[] {
  const passages: string[] = [];
  for (const word of words) {
    const last = passages.at(-1) ?? "";
    const longer = `${last} ${word}`;
    if (last === "" || longer.length > LONGEST_PASSAGE) passages.push(word);
    else passages.splice(-1, 1, longer);
  }
  return passages;
}

test("a document that is a dictionary names no title of a real document, by any of its passages", () => {
  const words = [...new Set(TITLES.flatMap(wordsOf))];
  const beginnings = words.filter((word) => word.length > 4).map((word) => word.slice(0, 4));
  // By their last letters, so that no two words of a title are neighbours.
  const backwards = (word: string): string => Array.from(word).toReversed().join("");
  const all = [...new Set([...words, ...beginnings].map(backwards))].toSorted().map(backwards);
  const head =
    "the to for of and a in on with at by from his her our call send write ask order pay buy";
  const windows = cutIntoPassages(all).flatMap((each) => [each, `${head} ${each.slice(0, 200)}`]);
  const named = TITLES.filter((title) => {
    const ofTitle = wordsOf(title).flatMap((word) => [word, word.slice(0, 4), `the ${word}`]);
    return [...windows, ...ofTitle].some((passage) => names(title, passage));
  });
  expect(named).toEqual([]);
});

test("most tasks of the real documents are named by the words of their document", () => {
  const named = fixtures.flatMap(({ bytes, wanted: { tasks } }) => {
    const lines = new TextDecoder().decode(bytes).split("\n");
    return tasks.filter(({ title, at }) => {
      const line = lines.find((each) => each.toLowerCase().includes(at.toLowerCase())) ?? "";
      const parts = [at, line, ...line.split(/[.,;:!?]/u)];
      return parts.some((passage) => names(title, passage));
    });
  });
  expect(named.length / wanted.length).toBeGreaterThan(0.75);
});

test.each([
  ["Book the caterer", "I have booked the caterer"],
  ["Send the proofs", "The proofs are sent"],
  ["Fix that the backup script skips dotfiles", "fixed: backup script skips dotfiles"],
  ["Ask Jakob if he still has the projector", "asked Jakob: he still has the projector"],
  ["Return Jonas's projector", "Jonas' projector is returned"],
  ["Buy putty", "bought putty"],
  ["Pay Noor back 23 €", "Paid Noor the 23 € back"],
  ["Copy the file plan", "file plan copied"],
  ["Submit the report", "submitted the report"],
  ["Notar anrufen", "Notar angerufen"],
  ["Steuererklärung", "Die Steuererklärung ist abgegeben"],
  ["Angebot an Krüger schreiben", "Das Angebot an Krüger ist geschrieben"],
  ["Verträge prüfen", "Vertrag geprüft"],
  ["Rechnung bezahlen", "Rechnungen sind bezahlt"],
  ["Appeler l'avocat", "J'ai appelé l'avocat"],
  ["Payer la facture", "facture payée"],
  ["Pagar la factura", "la factura está pagada"],
  ["Firmare il contratto", "contratto firmato"],
  ["Hotel boeken", "het hotel is geboekt"],
  ["联系公证人", "已联系公证人"],
])("%s is named by: %s", (title, passage) => {
  expect(names(title, passage)).toBe(true);
});

test.each([
  ["Gym", "gym"],
  ["Tyres", "tyres are here"],
  ["To do", "to do"],
  ["Send the proofs", "the proofs"],
  ["Registration in the portal", "registration"],
  ["Prepare the report", "prep repo"],
  ["Call the notary", "call bank tax notary tile roof proof"],
  ["Buy putty", "putty for the windows of the greenhouse, then buy seeds"],
  ["Rechnung bezahlen", "Rechnung"],
  ["公证", "公证"],
])("%s is not named by: %s", (title, passage) => {
  expect(names(title, passage)).toBe(false);
});

test("a passage that is long names nothing", () => {
  const passage = "Call the notary".padEnd(LONGEST_PASSAGE + 1, ".");
  expect([
    names("Call the notary", passage.slice(0, -1)),
    names("Call the notary", passage),
  ]).toEqual([true, false]);
});

test("a project of one word is shared by a document that has the word, which may not archive it", async () => {
  expect(isSharedIn({ name: "Umzug" }, "Der Umzug ist im Mai")).toBe(true);
  expect(isSharedIn({ name: "Art" }, "At the start")).toBe(false);
  using opened = await openTestJournal();
  const { journal } = opened;
  workJob(journal, { content: "a" }, (workspace) => {
    workspace.createProject({ name: "Umzug" }, null);
  });
  const [project] = listEntityViews(journal, "project", { limit: 9 }).items;
  const text = "Der Umzug ist im Mai";
  workJob(journal, { content: "x", paths: ["/in/x.md"], text }, (workspace) => {
    workspace.createProject({ name: "Umzug" }, text);
    const written = workspace.updateProject(project?.id ?? "", { status: "archived" }, null);
    expect(written.outcome).toBe("refused");
  });
  expect(listEntityViews(journal, "project", { limit: 9 }).items).toMatchObject([
    { status: "active", sources: [{}, { quote: text }] },
  ]);
});

test("a file changes a few things of other files, and says that the limit is reached", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const titles = TITLES.filter((title) => names(title, title)).slice(0, 3 * MOST_FOREIGN);
  workJob(journal, { content: "a" }, (workspace) => {
    for (const title of titles) workspace.createTask({ title }, null);
  });
  const text = titles.join("\n");
  const { workspace } = workJob(journal, { content: "x", paths: ["/in/x.md"], text }, (staging) => {
    staging.createTask({ title: "Own" }, null);
    const written = staging
      .listTasks({}, 99)
      .filter(({ of_this_file }) => !of_this_file)
      .map(({ id, fields }) => staging.updateTask(id, { status: "cancelled" }, fields.title));
    expect(written.filter(({ outcome }) => outcome === "updated")).toHaveLength(MOST_FOREIGN);
    expect(written.at(-1)).toEqual({
      outcome: "refused",
      reason: `The limit of ${MOST_FOREIGN} changes to what other files made is reached for this file.`,
    });
    expect(staging.createTask({ title: "Own, too" }, null).outcome).toBe("created");
  });
  expect(workspace.changeSet().changes).toHaveLength(MOST_FOREIGN + 2);
  const refused = titles.length - MOST_FOREIGN;
  const message = `Changes that were not recorded: ${refused}; the limit of changes to what other files made is ${MOST_FOREIGN}.`;
  expect(workspace.warnings()).toEqual([{ code: "foreign_changes_beyond_limit", message }]);
});
