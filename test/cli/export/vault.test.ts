import path from "node:path";
import fc from "fast-check";
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import type { Entities } from "../../../daemon/cli/export/entities.ts";
import { nameFiles, toFileName } from "../../../daemon/cli/export/file-name.ts";
import { toVault } from "../../../daemon/cli/export/vault.ts";
import { exportMark } from "../../../daemon/core/export-mark.ts";
import { visibleText } from "../../../daemon/core/visible-text.ts";
import { note, project, SAMPLE, task } from "./sample.ts";

interface Page {
  fields: Record<string, unknown>;
  tree: Nodes;
}

function readPage(text: string): Page {
  const [, yaml = "", body = ""] = /^---\n(.*?)\n---\n(.*)$/su.exec(text) ?? [];
  const tree = fromMarkdown(body, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  return { fields: parseYaml(yaml) as Record<string, unknown>, tree };
}

function* nodesOf(node: Nodes): Generator<Nodes> {
  yield node;
  for (const child of "children" in node ? node.children : []) yield* nodesOf(child);
}

const textOf = (node: Nodes): string =>
  [...nodesOf(node)].map((inner) => ("value" in inner ? inner.value : "")).join("");

/** Where the links of a page lead inside the vault. */
function linksOf(name: string, tree: Nodes): { target: string; text: string }[] {
  return [...nodesOf(tree)].flatMap((node) =>
    node.type === "link" && !/^\w+:/u.test(node.url)
      ? [
          {
            target: path.posix.join(path.posix.dirname(name), decodeURIComponent(node.url)),
            text: textOf(node),
          },
        ]
      : [],
  );
}

test("there is a file for each note and project, and a list of tasks for each that has some", () => {
  expect([...toVault(SAMPLE).keys()].toSorted()).toEqual([
    "index.md",
    "notes/Weekly plan.md",
    "notes/_CON.md",
    "notes/weekly plan (2).md",
    "projects/Garden House.md",
    "projects/No project (2).md",
    "projects/garden house (2).md",
    "tasks/Garden House.md",
    "tasks/No project.md",
    "tasks/garden house (2).md",
  ]);
});

test("every link of the vault leads to a file of it, and every file is led to from the index", () => {
  const vault = toVault(SAMPLE);
  const reached = new Set(["index.md"]);
  for (const name of reached) {
    for (const { target } of linksOf(name, readPage(vault.get(name) ?? "").tree)) {
      expect([...vault.keys()]).toContain(target);
      reached.add(target);
    }
  }
  expect([...reached].toSorted()).toEqual([...vault.keys()].toSorted());
});

test("front matter is YAML that says what the entity is, whatever its title", () => {
  const title = 'a: "b" #c\u2028 {d} \x85';
  const { fields } = readPage(
    toVault({ ...SAMPLE, notes: [note("9", title, { tags: ["- x"] })] }).get(
      "notes/a b c {d}.md",
    ) ?? "",
  );
  expect(fields).toEqual({
    agent_runner_export: exportMark("note", "note_9"),
    type: "note",
    id: "note_9",
    title: visibleText(title),
    status: "active",
    project: null,
    tags: ["- x"],
    created_at: "2026-11-20T08:00:00.123Z",
    updated_at: "2026-11-20T08:00:00.123Z",
  });
});

test("tasks are boxes that say whether they are done, with what is known of each", () => {
  const { tree } = readPage(toVault(SAMPLE).get("tasks/Garden House.md") ?? "");
  const items = [...nodesOf(tree)].filter((node) => node.type === "listItem");
  const boxes = items.flatMap((item) => (typeof item.checked === "boolean" ? [item] : []));
  expect(boxes.map((item) => [item.checked, textOf(item.children[0]!)])).toEqual([
    [false, '=HYPERLINK("http://evil") · tags: a b, #x'],
    [true, "Paint *the* [fence](x)"],
  ]);
  // The description is inside of its task, as it was written.
  expect(boxes[1]?.children.map(({ type }) => type)).toEqual(["paragraph", "paragraph", "list"]);
});

test("the body of a note stands as it is, and where it comes from below", () => {
  const text = toVault(SAMPLE).get("notes/Weekly plan.md") ?? "";
  expect(text).toContain("\n# A heading\n\nText with [a link](https://x.example).\n");
  expect(text).toMatch(/\n\nFrom `\/in\/a\.md`\n$/u);
});

test("a title that looks like markup is not read as any", () => {
  const title = "&amp; <b> ~~no~~ ![x](y) 1. # `c` \\ https://x.example";
  const { tree } = readPage(
    toVault({ ...SAMPLE, notes: [note("9", title)] }).get("index.md") ?? "",
  );
  expect(linksOf("index.md", tree).map(({ text }) => text)).toContain(title);
});

test("the same entities give the same bytes, in whatever order they came", () => {
  const { projects, tasks, notes } = structuredClone(SAMPLE);
  const turned = {
    projects: projects.toReversed(),
    tasks: tasks.toReversed(),
    notes: notes.toReversed(),
  };
  const filesOf = (entities: typeof SAMPLE) => Object.fromEntries(toVault(entities));
  expect(filesOf(turned)).toEqual(filesOf(SAMPLE));
});

test("what is new never renames what was there", () => {
  const before = nameFiles([{ id: "1", title: "Plan" }]);
  const after = nameFiles([
    { id: "1", title: "Plan" },
    { id: "2", title: "PLAN" },
    { id: "3", title: "Plan (2)" },
  ]);
  expect(after.get("1")).toBe(before.get("1"));
  expect([...after.values()]).toEqual(["Plan", "PLAN (2)", "Plan (2) (2)"]);
});

test.each([
  ["../../etc/passwd", "etc passwd"],
  ["C:\\x\\y", "C x y"],
  ["aux.txt", "_aux.txt"],
  ["LPT¹", "_LPT¹"],
  ["...hidden", "hidden"],
  ["--help", "help"],
  ["AGENTS", "AGENTS (exported)"],
  ["claude.local", "claude.local (exported)"],
  [".cursorrules", "cursorrules (exported)"],
  ["ReadMe .md", "ReadMe .md (exported)"],
  ["\u017fkill", "\u017fkill (exported)"],
  ["Agents of change", "Agents of change"],
  ["ends with dots. . .", "ends with dots"],
  ["a\u202eb\0c\nd", "a b c d"],
  ["", "Untitled"],
  ["///", "Untitled"],
  ["\ud800", "\ufffd"],
  ["e\u0301", "é"],
  ["Straße", "Straße"],
])("the file name of %j is %j", (title, name) => {
  expect(toFileName(title)).toBe(name);
});

const title = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 200, size: "max" }),
  fc.string({
    unit: fc.constantFrom(...Array.from("[](){}<>*_`#|~\\&!$^-+=. \t\n:/\"'www.a@b.cé")),
    maxLength: 40,
  }),
);

test("any title makes a name that every system takes, and no two share one", () => {
  fc.assert(
    fc.property(fc.array(title, { maxLength: 8, size: "max" }), (titles) => {
      const names = [
        ...nameFiles(titles.map((one, index) => ({ id: String(index), title: one }))).values(),
      ];
      for (const name of names) {
        expect(name).toMatch(/^[^.\-~\s<>:"/\\|?*\p{Cc}][^<>:"/\\|?*\p{Cc}\u202a-\u202e]*$/u);
        expect(name).not.toMatch(/[.\s]$/u);
        expect(Buffer.byteLength(name)).toBeLessThan(200);
        expect(name.normalize("NFC")).toBe(name);
      }
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
    }),
  );
});

test("any title reads as it was written, in headings, boxes and links, and every link resolves", () => {
  const plain = (text: string): string => visibleText(text).replaceAll(/\s+/gu, " ").trim();
  fc.assert(
    fc.property(title, title, title, (first, second, third) => {
      fc.pre([first, second, third].every((one) => plain(one) !== ""));
      const entities: Entities = {
        projects: [project("1", first)],
        notes: [note("1", second, { project_id: "project_1" })],
        tasks: [task("1", third, { project_id: "project_1" })],
      };
      const vault = toVault(entities);
      const links = [...vault].flatMap(([name, text]) => linksOf(name, readPage(text).tree));
      for (const { target } of links) expect([...vault.keys()]).toContain(target);
      expect(links.map(({ text }) => plain(text))).toEqual(
        expect.arrayContaining([plain(first), plain(second)]),
      );
      const headings = [...vault.values()].flatMap((text) =>
        [...nodesOf(readPage(text).tree)].flatMap((node) =>
          node.type === "heading" && node.depth === 1 ? [plain(textOf(node))] : [],
        ),
      );
      expect(headings.toSorted()).toEqual(
        ["Agent Runner", plain(first), `Tasks: ${plain(first)}`, plain(second)].toSorted(),
      );
    }),
  );
});
