import Database from "better-sqlite3";
import fc from "fast-check";
import { Kysely, SqliteDialect, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createId } from "../../daemon/core/id.ts";
import { deleteEntity, insertEntity, updateEntity } from "../../daemon/journal/entities.ts";
import { type Journal, openJournal } from "../../daemon/journal/open.ts";
import { search } from "../../daemon/journal/search.ts";
import type { EntityType, FieldsByType } from "../../daemon/protocol/entity.ts";
import type { SearchType } from "../../daemon/protocol/search.ts";
import { up as journal0001 } from "../../migrations/0001-journal.ts";
import { up as reservation0002 } from "../../migrations/0002-reservation.ts";
import { anyCodePoint } from "../helper/any-text.ts";
import { testFolder } from "../helper/folder.ts";
import { addFile, addJob, NOW, openTestJournal, type TestJournal } from "../helper/test-journal.ts";

let opened: TestJournal;
let journal: Journal;
beforeEach(async () => {
  opened = await openTestJournal();
  journal = opened.journal;
});
afterEach(() => opened[Symbol.dispose]());

function add<T extends EntityType>(type: T, fields: Partial<FieldsByType[T]>): string {
  const id = createId(type);
  insertEntity(journal, type, { id, fields, created_by: "user", user_edited: [] }, NOW);
  return id;
}

/** A file with this text, as a job leaves it. */
function addText(path: string, text: string, hash = createId("hash")): string {
  const { job_id } = addJob(journal, { hash, paths: [], runId: run });
  addDocument(hash, text);
  return addFile(journal, { path, hash, job_id });
}
const run = "run_0";

function addDocument(hash: string, text: string, extractor = "1"): void {
  const document = JSON.stringify({ title: null, text });
  const row = { hash, extractor, document, created_at: NOW };
  journal.run(journal.build.insertInto("documents").values(row));
}

function find(q: string, type?: SearchType): string[] {
  const query = { q, limit: 50, ...(type === undefined ? {} : { type }) };
  return search(journal, query).items.map(({ id }) => id);
}
const terms = (): unknown[] => journal.all(sql`SELECT term, doc, cnt FROM search_terms`);

beforeEach(() => {
  journal.run(
    sql`INSERT INTO runs (run_id, agent_id, trigger, status, dry_run, force, started_at, finished_at)
      VALUES (${run}, 'inbox', 'manual', 'success', 0, 0, ${NOW}, ${NOW})`,
  );
});

test("all words must occur, in title, text or tags; a word in the title comes first", () => {
  const note = add("note", { title: "Minutes", body: "The **roof** offer came", tags: ["slate"] });
  const task = add("task", { title: "Send the roof offer", description: "" });
  const project = add("project", { name: "Roof", description: "All about slate" });
  const file = addText(
    "/in/letter.md",
    "Dear Ada, the offer for the roof is late, and so is all the rest of it.",
  );
  expect(find("roof offer")).toEqual([task, note, file]);
  expect(find("SLATE").toSorted()).toEqual([note, project].toSorted());
  expect(find("roof kitchen")).toEqual([]);
  expect(find("offer", "file")).toEqual([file]);
  expect(find("roof", "project")).toEqual([project]);
});

test("a hit shows its type, its status and its place, with the text around the word", () => {
  addText("/in/letter.md", `${"before ".repeat(40)}\n\n the  offer\n ${"after ".repeat(40)}`);
  add("task", { title: "Offer", status: "done" });
  expect(search(journal, { q: "offer", limit: 9 }).items).toEqual([
    expect.objectContaining({
      type: "task",
      title: "Offer",
      status: "done",
      path: null,
      snippet: "",
    }),
    {
      type: "file",
      id: expect.stringMatching(/^file_/),
      title: "letter.md",
      status: null,
      path: "/in/letter.md",
      snippet: expect.stringMatching(/^….*before the offer after .*…$/),
    },
  ]);
});

describe.each([
  [
    "beginnings of words from three letters on",
    "quarterly budget",
    ["quar", "budg quarter"],
    ["qu", "udget"],
  ],
  ["case and accents", "Café Ångström", ["cafe", "CAFÉ", "angstrom"], ["caffe"]],
  ["Cyrillic, with its own letters", "Мой отчёт", ["мой", "ОТЧЁТ"], ["мои"]],
  ["Korean", "회의록 검토", ["회의록", "검토 회의록"], ["예산"]],
  [
    "scripts without spaces, anywhere in them",
    "明日の会議で予算を確認する",
    ["会議", "予算 会議", "明日"],
    ["会計"],
  ],
  [
    "words that hold what is syntax elsewhere",
    "C++ AND e-mail (NOT) x:y",
    ["e-mail", "NOT", "x:y", "c++"],
    ["OR"],
  ],
])("%s", (_, text, found, missed) => {
  test.each(found)("%s is found", (q) => {
    const id = add("note", { title: text });
    expect(find(q)).toEqual([id]);
    const file = addText("/in/a.txt", text);
    expect(find(q, "file")).toEqual([file]);
  });
  test.each(missed)("%s is not", (q) => {
    add("note", { title: text });
    expect(find(q)).toEqual([]);
  });
});

test("an edit, a deletion and what a file has no more are known at once", () => {
  const task = add("task", { title: "Paint the fence", tags: ["garden"] });
  updateEntity(journal, "task", task, { title: "Paint the shed" }, NOW);
  expect([find("fence"), find("shed"), find("garden")]).toEqual([[], [task], [task]]);
  updateEntity(journal, "task", task, { tags: [] }, NOW);
  expect(find("garden")).toEqual([]);
  deleteEntity(journal, "task", task, "user", NOW);
  expect(find("shed")).toEqual([]);

  const file = addText("/in/a.md", "heliotrope");
  expect(find("heliotrope")).toEqual([file]);
  journal.run(sql`UPDATE files SET state = 'gone' WHERE file_id = ${file}`);
  expect(find("heliotrope")).toEqual([]);
});

test("a content of several files is found once, in its newest text", () => {
  const hash = "c".repeat(64);
  const first = addText("/in/a.md", "vermilion", hash);
  addText("/in/b.md", "vermilion other", createId("hash"));
  const { job_id } = addJob(journal, { hash: "d".repeat(64), paths: [], runId: run });
  addFile(journal, { path: "/in/copy.md", hash, job_id });
  addDocument(hash, "viridian", "2");
  expect(find("viridian")).toEqual([first]);
  expect(find("vermilion")).toHaveLength(1);
});

test("a text that is removed leaves no word in the index", () => {
  const before = terms();
  addText("/in/a.md", "the secret word is xylophone");
  const task = add("task", { title: "xylophone" });
  expect(terms()).not.toEqual(before);
  journal.run(sql`DELETE FROM documents`);
  deleteEntity(journal, "task", task, "user", NOW);
  expect(terms()).toEqual(before);
  const blocks = journal.all(sql<{ block: Buffer }>`SELECT block FROM search_index_data`);
  expect(blocks.some(({ block }) => block.includes("xylo"))).toBe(false);
});

test("pages hold everything once, in one order", () => {
  const ids = Array.from({ length: 25 }, (_, index) => add("note", { title: `plum ${index}` }));
  const whole = find("plum");
  expect(whole.toSorted()).toEqual(ids.toSorted());
  const paged: string[] = [];
  let cursor: string | undefined;
  do {
    const page = search(journal, { q: "plum", limit: 7, cursor });
    paged.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  expect(paged).toEqual(whole);
});

test("no query fails, whatever it contains", () => {
  add("note", { title: "plum 明日の会議" });
  const q = fc.oneof(
    fc.string({ unit: anyCodePoint }),
    fc.string({
      unit: fc.constantFrom(
        '"',
        "*",
        "(",
        ")",
        ":",
        "^",
        "-",
        "+",
        "{",
        "\0",
        "\ud800",
        "a",
        "会",
        " ",
        "NEAR",
        "AND",
        "title:",
      ),
    }),
  );
  fc.assert(
    fc.property(q, (text) => {
      expect(() => search(journal, { q: text, limit: 5 })).not.toThrow();
    }),
    { numRuns: 500 },
  );
});

test("whatever is created, edited and deleted, the index is what a new one would be", () => {
  const word = fc.constantFrom("plum", "pear", "fig tart", "", "Plum-pear", "梅");
  const step = fc.record({
    op: fc.constantFrom("add", "edit", "delete", "document", "forget"),
    type: fc.constantFrom("project", "task", "note"),
    at: fc.nat(9),
    title: word,
    text: word,
  });
  const known: [EntityType, string][] = [];
  let number = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      for (const { op, type, at, title, text } of steps) {
        const fields: Record<EntityType, object> = {
          project: { name: `${title}${(number += 1)}`, description: text },
          task: { title, description: text, tags: [text] },
          note: { title, body: text },
        };
        const [knownType = "note", id = ""] = known[at] ?? [];
        if (op === "add") known.unshift([type, add(type, fields[type])]);
        else if (op === "edit") updateEntity(journal, knownType, id, fields[knownType], NOW);
        else if (op === "delete") deleteEntity(journal, knownType, id, "user", NOW);
        else if (op === "document") addDocument(`${at}-${number}-${createId("hash")}`, text);
        else journal.run(sql`DELETE FROM documents WHERE hash LIKE ${`${at}-%`}`);
      }
      expect(terms()).toEqual(freshTerms());
    }),
    { numRuns: 60 },
  );
});

/** The words of an index that is made anew. */
function freshTerms(): unknown[] {
  journal.run(sql`CREATE VIRTUAL TABLE temp.fresh USING fts5
    (title, body, tokenize='unicode61 remove_diacritics 2')`);
  journal.run(sql`CREATE VIRTUAL TABLE temp.fresh_terms USING fts5vocab (temp, fresh, 'row')`);
  journal.run(sql`INSERT INTO temp.fresh (title, body)
    SELECT name, description FROM projects WHERE deleted_at IS NULL
    UNION ALL SELECT title, description || ' ' || tags FROM tasks WHERE deleted_at IS NULL
    UNION ALL SELECT title, body || ' ' || tags FROM notes WHERE deleted_at IS NULL
    UNION ALL SELECT document ->> '$.title', document ->> '$.text' FROM documents`);
  const found = journal.all(sql`SELECT term, doc, cnt FROM temp.fresh_terms`);
  journal.run(sql`DROP TABLE temp.fresh_terms`);
  journal.run(sql`DROP TABLE temp.fresh`);
  return found;
}

test("a journal from before there was an index is searched like any other", async () => {
  using folder = testFolder();
  const path = folder.file("old.db");
  const database = new Database(path);
  const db = new Kysely<never>({ dialect: new SqliteDialect({ database }) });
  await journal0001(db);
  await reservation0002(db);
  database.exec(`
    CREATE TABLE kysely_migration (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL);
    CREATE TABLE kysely_migration_lock (id varchar(255) PRIMARY KEY, is_locked integer DEFAULT 0 NOT NULL);
    INSERT INTO kysely_migration_lock VALUES ('migration_lock', 0);
    INSERT INTO kysely_migration VALUES ('0001-journal', '${NOW}'), ('0002-reservation', '${NOW}');
    INSERT INTO projects (id, name, name_key, description, status, created_at, updated_at, created_by)
      VALUES ('project_1', 'Orchard', 'orchard', 'damson', 'active', '${NOW}', '${NOW}', 'user');
    INSERT INTO notes (id, title, title_key, body, tags, status, created_at, updated_at, created_by, deleted_at)
      VALUES ('note_1', 'damson', 'damson', '', '[]', 'active', '${NOW}', '${NOW}', 'user', '${NOW}');
    INSERT INTO agents VALUES ('inbox', '{}', 'r1', 0, '${NOW}', '${NOW}');
    INSERT INTO files (file_id, agent_id, path, parent, root, state, hash)
      VALUES ('file_1', 'inbox', '/in/a.md', '/in', '/in', 'done', 'h');
    INSERT INTO documents VALUES ('h', '1', '{"title":null,"text":"damson jam"}', '${NOW}');`);
  database.close();
  const old = await openJournal(path);
  const ids = search(old, { q: "damson", limit: 9 }).items.map(({ id }) => id);
  old.close();
  expect(ids.toSorted()).toEqual(["file_1", "project_1"]);
});
