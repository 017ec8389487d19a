import fc from "fast-check";
import { expect, test } from "vitest";
import type { ModelStep } from "../helper/scripted-model.ts";
import { reapply } from "../../daemon/commit/reapply.ts";
import { retire } from "../../daemon/commit/retire.ts";
import { undo } from "../../daemon/commit/undo.ts";
import { editByUser } from "../../daemon/commit/user-edit.ts";
import { listAlive } from "../../daemon/journal/entities.ts";
import { forget, listJobsOfFile } from "../../daemon/journal/forget.ts";
import { findFileRow } from "../../daemon/journal/files.ts";
import { shareSources } from "../../daemon/journal/sources.ts";
import { addFile, NOW } from "../helper/test-journal.ts";
import {
  CALL_LIMITS,
  CANARY,
  MAX_CHANGES,
  openWorld,
  type ReadFile,
  type Victim,
  type World,
} from "./attack-world.ts";

/*
 * An attacker who writes a file and its next versions, and a model that obeys: it knows every id, and uses what it
 * learned in earlier versions. Random programs of tool calls; none reads another file's text, changes what others
 * made, makes its file a source of it, or exceeds the limits.
 */

const nth = fc.nat(99);
const quote = fc.constantFrom(
  ...(["none", "fake", "own", "end", "end", "whole", "learned", "foreign", "words"] as const),
);
const text = fc.constantFrom("plain", "learned", "long", "foreign", "foreign");

type Op =
  | { do: "list"; tool: number; filter: number }
  | { do: "create"; tool: number; title: Text; body: Text; id: number; quote: Quote }
  | { do: "update"; tool: number; id: number; set: string[]; value: Text; quote: Quote }
  | { do: "wrong"; tool: number };
type Quote = "none" | "fake" | "own" | "end" | "whole" | "learned" | "foreign" | "words";
type Text = "plain" | "learned" | "long" | "foreign";

const FIELDS = ["title", "name", "body", "description", "status", "project_id", "due_date", "tags"];
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("list"), tool: nth, filter: nth }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("create"),
      tool: nth,
      title: text,
      body: text,
      id: nth,
      quote,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("update"),
      tool: nth,
      id: nth,
      set: fc.uniqueArray(fc.constantFrom(...FIELDS), { maxLength: 2 }),
      value: text,
      quote,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wrong"), tool: nth }) },
);

interface Version {
  /** Whether the author knows a victim and writes its title; then its state is open to the file. */
  names: number | null;
  /** Which victim most of the calls are about. */
  target: number;
  ops: Op[];
  next: "edit" | "copy" | "rename" | "revert" | "user_edits";
}

const version: fc.Arbitrary<Version> = fc.record({
  names: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: fc.nat(8) }),
  target: fc.nat(8),
  ops: fc.oneof(
    { weight: 7, arbitrary: fc.array(op, { minLength: 1, maxLength: 14 }) },
    // Enough for both limits of calls.
    { weight: 1, arbitrary: fc.array(op, { minLength: 30, maxLength: 44 }) },
  ),
  next: fc.constantFrom("edit", "edit", "copy", "rename", "revert", "user_edits"),
});

const READS = ["list_notes", "list_tasks", "list_projects", "search"];
const KINDS = ["note", "task", "project"] as const;
const OWN = "The weather is fine.";
const LONG = "Many words of every kind are here. ".repeat(20);
const FOREIGN = "Private";

/** Every word of every victim and its beginning, among others, and none beside a word of the same title. */
function listWords({ victims }: World): string[] {
  const words = `${LONG} ${victims.map(({ title }) => title).join(" ")}`
    .toLowerCase()
    .split(/\W+/u);
  return [...new Set(words.flatMap((word) => [word, word.slice(0, 4)]))].toSorted();
}

interface Call {
  name: string;
  arguments: Record<string, unknown>;
}

/** The attacker's knowledge: every id, and each title and text that a request held. */
function createAttacker(world: World) {
  const { victims } = world;
  const words = listWords(world);
  let target = victims[0];
  const ids = new Set(victims.map(({ id }) => id));
  const strings = new Set<string>(["plain"]);
  const pick = <T>(all: Iterable<T>, at: number): T | undefined => {
    const list = [...all];
    return list[at % list.length];
  };

  function learn(messages: string): void {
    for (const [id] of messages.matchAll(/\b(?:note|task|project)_\w+/gu)) ids.add(id);
    for (const [, found = ""] of messages.matchAll(/\\"(?:title|name|body)\\":\\"(.*?)\\"/gu)) {
      strings.add(found);
    }
  }

  function textOf(kind: Text, at: number): string {
    if (kind === "learned") return pick(strings, at) ?? "";
    if (kind === "foreign") return target?.title ?? "";
    return kind === "long" ? LONG : `Plain ${at}`;
  }

  function quoteOf(kind: Quote, at: number, document: string): string | null {
    if (kind === "none") return null;
    if (kind === "own") return OWN;
    // The title of a victim, if the version names one.
    if (kind === "end") return document.slice(-30);
    if (kind === "whole") return document.slice(0, 2_000);
    if (kind === "words")
      return words
        .slice(at % words.length)
        .slice(0, 1 + (at % 40))
        .join(" ");
    if (kind === "fake") return `${target?.title} is done`;
    return kind === "learned" ? (pick(strings, at) ?? null) : FOREIGN;
  }

  function toCall(one: Op, document: string): Call {
    switch (one.do) {
      case "list": {
        const filters = [
          {},
          { project_id: pick(ids, one.filter) },
          { text: textOf("foreign", one.filter) },
          { text: "e ".repeat(5_000) },
        ];
        const name = READS[one.tool % READS.length] ?? "";
        return { name, arguments: { text: "e", ...filters[one.filter % filters.length] } };
      }
      case "create": {
        const kind = one.tool % 2 === 0 ? target?.type : KINDS[one.tool % KINDS.length];
        const [title, body] = [textOf(one.title, one.id).slice(0, 300), textOf(one.body, one.id)];
        const project_id = [...ids].filter((id) => id.startsWith("project_"))[one.id % 3];
        const place = one.id % 2 === 0 ? { project_id } : {};
        const fields = { title, name: title, body, description: body, ...place };
        const passage = quoteOf(one.quote, one.id, document);
        return { name: `create_${kind}`, arguments: { ...fields, quote: passage } };
      }
      case "update": {
        const id = (one.id % 3 === 0 ? pick(ids, one.id) : target?.id) ?? "";
        const kind = id.slice(0, id.indexOf("_"));
        const value = textOf(one.value, one.tool);
        const values: Record<string, unknown> = {
          title: value,
          name: value,
          body: value,
          description: value,
          tags: ["x"],
          status: kind === "task" ? "done" : "archived",
          project_id: [...ids].find((other) => other.startsWith("project_")),
          due_date: "2000-01-01",
        };
        const set = Object.fromEntries(one.set.map((name) => [name, values[name]]));
        const passage = quoteOf(one.quote, one.tool, document);
        return { name: `update_${kind}`, arguments: { id, ...set, quote: passage } };
      }
      case "wrong":
        return { name: ["read_file", "delete_note"][one.tool % 2] ?? "", arguments: { path: "/" } };
    }
  }

  return {
    /** The replies of a model that does these things, some in each reply. */
    toSteps(ops: readonly Op[], document: string, about: Victim | undefined): ModelStep[] {
      target = about;
      const steps: ModelStep[] = [];
      for (let start = 0; start < ops.length; start += 4) {
        steps.push(({ messages }) => {
          learn(JSON.stringify(messages.slice(-5)));
          return { calls: ops.slice(start, start + 4).map((one) => toCall(one, document)) };
        });
      }
      const learnLast: ModelStep = ({ messages }) => {
        learn(JSON.stringify(messages.slice(-5)));
        return { text: "Obeyed." };
      };
      return [...steps, learnLast, {}, {}];
    },
  };
}

const LOCKED = ["title", "name", "body", "description", "tags", "project_id"];

/** What must be as it was: of a victim that a version named, all but its state. */
function expectUnharmed(world: World, before: ReadonlyMap<string, Look>, named: Set<string>): void {
  for (const victim of world.victims) {
    const [was, is] = [before.get(victim.id), world.look(victim)];
    expect(is.rest, victim.title).toEqual(was?.rest);
    if (victim.of === "file" && named.has(victim.id)) {
      for (const name of LOCKED) {
        expect(Reflect.get(is.fields, name)).toEqual(Reflect.get(was?.fields ?? {}, name));
      }
      if ("due_date" in is.fields) expect(is.fields.due_date).toBe("2027-01-01");
      continue;
    }
    expect(is.fields, victim.title).toEqual(was?.fields);
    if (!named.has(victim.id)) expect(is.file_ids, victim.title).toEqual(was?.file_ids);
  }
}
type Look = ReturnType<World["look"]>;

function expectNoFlood({ journal }: World, { job_id, outcome, results }: ReadFile): void {
  expect(["complete", "capped", "bad_calls"]).toContain(outcome);
  const changes = journal.all(
    journal.build.selectFrom("changes").select("op").where("job_id", "=", job_id),
  );
  expect(changes.filter(({ op: is }) => is !== "confirm").length).toBeLessThanOrEqual(MAX_CHANGES);
  const done = results.filter((result) => result.startsWith('{"ok":true'));
  const reads = done.filter((result) =>
    /^\{"ok":true,"(?:notes|tasks|projects|results)"/u.test(result),
  );
  expect(reads.length).toBeLessThanOrEqual(CALL_LIMITS.reading);
  expect(done.length - reads.length).toBeLessThanOrEqual(CALL_LIMITS.writing);
}

/** Mostly what another file of the agent made: nothing else has a state that the attacker may change. */
function pickVictim(victims: readonly Victim[], which: number): Victim | undefined {
  const ofFile = victims.filter(({ of }) => of === "file");
  return which < 7 ? ofFile[which % ofFile.length] : victims[which];
}

/** Lives through the versions of one file; gives the files that the attacker had. */
async function attack(world: World, versions: readonly Version[]): Promise<void> {
  const { journal, victims } = world;
  const attacker = createAttacker(world);
  const before = new Map(victims.map((victim) => [victim.id, world.look(victim)]));
  const named = new Set<string>();
  const files = new Set<string>();
  const done: ReadFile[] = [];
  let path = "/in/attack.md";
  for (const [index, { names, target, ops, next }] of versions.entries()) {
    const victim: Victim | undefined = names === null ? undefined : pickVictim(victims, names);
    if (victim !== undefined) named.add(victim.id);
    const words = listWords(world).join(" ");
    const document = `${OWN} ${index}. ${LONG} ${words}. ${victim?.title ?? ""}`;
    const read = await world.read(
      path,
      document,
      attacker.toSteps(ops, document, victim ?? victims[target]),
    );
    done.push(read);
    files.add(read.file_id);
    expectNoFlood(world, read);
    expectUnharmed(world, before, named);
    if (next === "copy" || next === "rename") {
      path = `/in/attack-${index}.md`;
      const copy = addFile(journal, { path, hash: "c".repeat(64), job_id: read.job_id });
      shareSources(journal, { job_id: read.job_id, file_id: copy }, NOW);
      files.add(copy);
    }
    if (next === "revert") {
      const [first] = done;
      const returned = {
        agent_id: "inbox",
        run_id: null,
        on_drop: "mark" as const,
        file_id: read.file_id,
      };
      reapply(journal, { ...returned, job_id: first?.job_id ?? "" }, NOW);
    }
    if (next === "user_edits") {
      const own = listAlive(journal, "note", {}, 99).find(({ id }) => !before.has(id));
      if (own !== undefined) editByUser(journal, "note", own.id, { body: CANARY }, NOW);
    }
    expectUnharmed(world, before, named);
  }
  endAttack(world, [...files], before, named);
}

/** Forgets, deletes and undoes the attacker's files, which must not touch the entities of others; then the other file. */
function endAttack(
  world: World,
  files: readonly string[],
  before: ReadonlyMap<string, Look>,
  named: Set<string>,
): void {
  const { journal } = world;
  for (const file_id of files) {
    const file = findFileRow(journal, file_id);
    if (file !== undefined) forget(journal, file, listJobsOfFile(journal, file), NOW);
    journal.run(
      journal.build.updateTable("files").set({ state: "gone" }).where("file_id", "=", file_id),
    );
    retire(journal, { file_id, agent_id: "inbox", run_id: null }, NOW);
    expectUnharmed(world, before, named);
    undo(journal, { file_id, since: null }, NOW);
  }
  for (const victim of world.victims) {
    const { fields, rest } = world.look(victim);
    expect({ fields, rest }, victim.title).toEqual({
      fields: before.get(victim.id)?.fields,
      rest: before.get(victim.id)?.rest,
    });
  }
  undo(journal, { run_id: world.victims_run_id }, NOW);
  for (const victim of world.victims.filter(({ of, type }) => of === "file" && type === "note")) {
    expect(world.look(victim).rest).toMatchObject({ deleted_by: "undo" });
  }
}

const LIMIT = `The limit of ${CALL_LIMITS.writing} writing calls per file is reached.`;

/** Says one thing of its own again and again. */
const FLOOD: Version = {
  names: null,
  target: 0,
  ops: Array.from({ length: 30 }, () => ({
    do: "create",
    tool: 1,
    title: "plain",
    body: "plain",
    id: 1,
    quote: "none",
  })),
  next: "edit",
};

test("no program of tool calls gives a file a right over what it did not make", async () => {
  let isLimitReached = false;
  await fc.assert(
    fc.asyncProperty(fc.array(version, { minLength: 2, maxLength: 3 }), async (versions) => {
      using world = await openWorld();
      await attack(world, versions);
      expect(world.told.filter((told) => told.includes(CANARY))).toEqual([]);
      isLimitReached ||= world.told.some((told) => told.includes(LIMIT));
    }),
    // Two or three programs each: 300 in all.
    { numRuns: 120, examples: [[[FLOOD, FLOOD]]] },
  );
  expect(isLimitReached).toBe(true);
}, 120_000);
