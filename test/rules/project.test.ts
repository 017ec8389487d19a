import { expect, test } from "vitest";
import { findProjects, type Projects } from "../../daemon/rules/project.ts";
import type { Document } from "../../daemon/protocol/document.ts";
import { documentOf, outlineOf } from "./input.ts";

const ACTIVE = [
  { id: "project_1", name: "Apollo" },
  { id: "project_2", name: "Apollo Landing" },
  { id: "project_3", name: "X" },
];

function projectsOf(text: string, changes: Partial<Document> = {}): Projects {
  return findProjects(documentOf(text, changes), outlineOf(text, changes), ACTIVE);
}

test.each<[string, string, Partial<Document>, string]>([
  ["its metadata", "# Project: Other", { metadata: { project: "[[Harbour]]" } }, "Harbour"],
  ["a list in its metadata", "Text.", { metadata: { project: ["Harbour", "B"] } }, "Harbour"],
  ["a heading", "Text.\n\n## Project – Harbour | 2026", {}, "Harbour"],
  ["one of its first lines", "Minutes\n**Project:** Harbour\n\nText.", {}, "Harbour"],
  ["its title", "# Project Harbour Bridge Kickoff", {}, "Harbour Bridge"],
])("the project of a document is what %s names", (_, text, changes, name) => {
  expect(projectsOf(text, changes).whole).toMatchObject({ name, id: null });
});

test("an active project is found whatever its case, width and spacing", () => {
  expect(projectsOf("# Project:  ＡＰＯＬＬＯ  landing").whole).toEqual({
    name: "Apollo Landing",
    id: "project_2",
    quote: "# Project:  ＡＰＯＬＬＯ  landing",
  });
});

test("an active project that title or headings mention is the document's, the longest name first", () => {
  expect(projectsOf("# Weekly on the apollo landing").whole?.id).toBe("project_2");
  expect(projectsOf("Text.", { title: "Apollo, weekly" }).whole?.id).toBe("project_1");
  expect(projectsOf("# The Apollonian\n\nApollo is mentioned in the text only.").whole).toBeNull();
  expect(projectsOf("# X marks the spot").whole).toBeNull();
});

test.each([
  "# Project structure",
  "# Project Structure",
  "# Project Status",
  "# My project",
  "# Projects",
  "### Project Harbour",
  "Project: TBD",
  "Project: ",
  `Project: ${"long ".repeat(20)}`,
])("%j names no project", (text) => {
  expect(projectsOf(text).all).toEqual([]);
});

test("the quote of a project is the beginning of a long line", () => {
  const line = `# Project: Harbour | ${"long ".repeat(1_000)}`;
  expect(projectsOf(line).whole).toEqual({
    name: "Harbour",
    id: null,
    quote: line.slice(0, 500).trim(),
  });
});

test("headings that name several projects divide a document among them", () => {
  const text = "# Review\n\n## Project: Harbour\n\n### Tasks\n\n## Project: Apollo\n\n## Parking\n";
  const { blocks } = outlineOf(text);
  const projects = findProjects(documentOf(text), { ...outlineOf(text), blocks }, ACTIVE);
  const [review, harbour, tasks, apollo, parking] = blocks;
  const nameOf = (...under: (typeof review)[]): string | undefined =>
    projects.of(under.filter((heading) => heading !== undefined))?.name;
  expect(projects.all.map(({ name, id }) => [name, id])).toEqual([
    ["Harbour", null],
    ["Apollo", "project_1"],
  ]);
  expect(projects.whole).toBeNull();
  expect(nameOf(review)).toBeUndefined();
  expect(nameOf(review, harbour, tasks)).toBe("Harbour");
  expect(nameOf(review, apollo)).toBe("Apollo");
  expect(nameOf(review, parking)).toBeUndefined();
});
