import { expect, test } from "vitest";
import { type Candidates, type Match, matchCreate } from "../../daemon/commit/match.ts";
import type { AnyStaged } from "../../daemon/commit/staged-entity.ts";
import type { StoredEntity } from "../../daemon/journal/entities.ts";
import { ENTITY_DEFAULTS, type TaskFields } from "../../daemon/protocol/entity.ts";
import { NOW } from "../helper/test-journal.ts";

type Task = StoredEntity<"task">;

function task(
  id: string,
  fields: Partial<TaskFields>,
  deleted_by: Task["deleted_by"] = null,
): Task {
  return {
    seq: 1,
    id,
    fields: { ...ENTITY_DEFAULTS.task, tags: [], title: "Pay rent", ...fields },
    created_at: NOW,
    updated_at: NOW,
    created_by: "inbox",
    user_edited: [],
    deleted_at: deleted_by === null ? null : NOW,
    deleted_by,
  };
}

function staged({ id, fields, user_edited, created_by }: Task): AnyStaged {
  const entity = { id, fields, user_edited, created_by, quote: null, of_this_file: true };
  return { type: "task", op: "confirm", set: {}, said: {}, ...entity };
}

/** The id of the match of a create of "Pay rent", or what else it is. */
function match(
  said: { title?: string; quote?: string; due_date?: string; project_id?: string },
  known: Partial<Candidates<"task">>,
): string | undefined {
  const { title = "Pay rent", quote = null, ...fields } = said;
  const nothing = { of_files: [], given_titles: new Map(), quotes: new Map(), staged: new Map() };
  const found: Match<"task"> = matchCreate(
    "task",
    { title, fields, quote },
    { ...nothing, ...known },
  );
  return typeof found === "object" ? found.id : found;
}

const december = task("december", { due_date: "2026-12-01" });
const january = task("january", { due_date: "2027-01-01" });

test("among tasks of one title, date and project decide, then the date, then the age", () => {
  const home = task("home", { due_date: "2027-01-01", project_id: "home" });
  const of_files = [december, january, home];
  expect(match({ due_date: "2027-01-01", project_id: "home" }, { of_files })).toBe("home");
  expect(match({ due_date: "2027-01-01", project_id: "office" }, { of_files })).toBe("january");
  expect(match({ due_date: "2027-02-01" }, { of_files })).toBe("december");
});

test("a task that the user deleted is found before one that fits less, and one that an undo removed never", () => {
  const byUser = task("deleted", { due_date: "2027-01-01" }, "user");
  expect(match({ due_date: "2027-01-01" }, { of_files: [december, byUser] })).toBe("deleted");
  expect(match({ due_date: "2026-12-01" }, { of_files: [december, byUser] })).toBe("december");
  expect(match({}, { of_files: [task("undone", {}, "undo")] })).toBeUndefined();
});

test("a staged task matches again unless the date contradicts, and leaves its namesake to the next create", () => {
  const known = {
    of_files: [december, january],
    staged: new Map([["december", staged(december)]]),
  };
  expect(match({ due_date: "2026-12-01" }, known)).toBe("january");
  const all = new Map([...known.staged, ["january", staged(january)]]);
  expect(match({ due_date: "2026-12-01" }, { ...known, staged: all })).toBe("december");
  expect(match({ due_date: "2027-02-01" }, { ...known, staged: all })).toBeUndefined();
});

test("a title that an agent gave before still matches, after one that is the title now", () => {
  const renamed = task("renamed", { title: "Pay the landlord" });
  const given_titles = new Map([["renamed", ["PAY  rent"]]]);
  expect(match({}, { of_files: [renamed], given_titles })).toBe("renamed");
  expect(match({}, { of_files: [renamed, task("now", {})], given_titles })).toBe("now");
});

test("other words for the same passage match one task, and none if two could be meant", () => {
  const call = task("call", { title: "Call Bob" });
  const quotes = new Map([["call", ["call  Bob\ntomorrow"]]]);
  const said = { title: "Phone Bob", quote: "call Bob tomorrow" };
  expect(match(said, { of_files: [call], quotes })).toBe("call");
  expect(match({ ...said, title: "Water plants" }, { of_files: [call], quotes })).toBeUndefined();
  const two = [call, task("ring", { title: "Ring Bob" })];
  const both = new Map([...quotes, ["ring", ["call Bob tomorrow"]]]);
  expect(match(said, { of_files: two, quotes: both })).toBeUndefined();
});
