import type { Document, Frame } from "../protocol/document.ts";
import { foldText } from "./excerpt.ts";
import { plainText } from "./markup.ts";
import type { Block } from "./block.ts";
import { type Outline, quoteOf } from "./outline.ts";

/** A project that a document names. */
export interface NamedProject {
  name: string;
  /** The id of an active project; null for one to create. */
  id: string | null;
  /** The line that names it; null if the name is not in the text. */
  quote: string | null;
}

/** The projects of a document: one for the whole document, or one for each "Project: X" section. */
export interface Projects {
  all: NamedProject[];
  /** The project of the whole document, and so of its note. */
  whole: NamedProject | null;
  /** The project of the lines under these headings. */
  of(under: readonly Block[]): NamedProject | null;
}

type Active = Frame["projects"];

const MAX_SECTIONS = 10;
const MAX_NAME = 80;
const FIRST_LINES = 10;
// A later mention does not make a project the subject of a document.
const MAX_PLACES = 200;
const NAMED = /^projects?(?:\s+(?:brief|charter|name|plan|proposal))?(?:\s*:|\s+[–—-])\s+(\S.*)$/iu;
// "Bathroom renovation - plan"
const PLANNED = /^(\S.*?)(?:\s*:|\s+[–—-])\s+(?:project\s+)?plan$/iu;
const TITLED = /^Project((?:\s+\p{Lu}[\p{L}\p{N}'’-]*){1,3})/u;
// "Project Structure" heads a part of a document; "Project Apollo Kickoff" is about Apollo.
const GENERIC = new Set(
  (
    "about architecture background board brief budget charter closing code configuration context contributors " +
    "deliverables dependencies description design details docs documentation explorer files folder goal goals " +
    "governance guide guidelines guides health history home idea ideas information introduction kickoff layout " +
    "license links list maintainers management manager meeting members milestones minutes name notes objectives " +
    "organization overview page plan planning policy proposal purpose references report requirements resources " +
    "retrospective review roadmap scope settings setup site sponsors stakeholders status structure summary " +
    "support sync tasks team templates timeline tools types update updates website wiki"
  ).split(" "),
);

/**
 * Finds the project of a document: from its metadata, else from a first line or a heading ("Project: Apollo"),
 * else the active project that title or headings mention, else from "Project Apollo" in them. Headings that
 * name several projects divide the document among these.
 */
export function findProjects(document: Document, outline: Outline, active: Active): Projects {
  const headings = outline.blocks.filter(({ kind }) => kind === "heading" || kind === "label");
  const byHeading = new Map<Block, NamedProject>();
  const byName = new Map<string, NamedProject>();
  for (const heading of headings) {
    const name = readName(NAMED.exec(heading.lines[0] ?? "")?.[1]);
    if (name === undefined || byName.size === MAX_SECTIONS) continue;
    const project =
      byName.get(keyOf(name)) ?? toProject(name, quoteOf(outline, heading.first, 1), active);
    byName.set(keyOf(name), project);
    byHeading.set(heading, project);
  }
  if (byName.size > 1) {
    return {
      all: [...byName.values()],
      whole: null,
      of: (under) => under.map((heading) => byHeading.get(heading)).findLast(Boolean) ?? null,
    };
  }
  const places = placesOf(document, outline, headings);
  const whole =
    findInMetadata(document, active) ??
    findNamed(outline, active) ??
    [...byName.values()][0] ??
    findMentioned(places, active) ??
    findTitled(places, active) ??
    null;
  return { all: whole === null ? [] : [whole], whole, of: () => whole };
}

function findInMetadata({ metadata }: Document, active: Active): NamedProject | undefined {
  const given = metadata["project"] ?? metadata["Project"];
  const name = readName(Array.isArray(given) ? given[0] : given);
  return name === undefined ? undefined : toProject(name, null, active);
}

function findNamed(outline: Outline, active: Active): NamedProject | undefined {
  for (const { lines, first } of outline.blocks) {
    for (const [index, line] of lines.entries()) {
      if (first + index >= outline.bodyStart + FIRST_LINES) return undefined;
      const name = readName(NAMED.exec(line)?.[1]);
      if (name !== undefined) return toProject(name, quoteOf(outline, first + index, 1), active);
    }
  }
  return undefined;
}

/** The active project that title or headings mention; of several in one place, the longest name. */
function findMentioned(places: readonly Place[], active: Active): NamedProject | undefined {
  const wanted = active
    .map((project) => ({ project, words: wordsOf(project.name) }))
    .filter(({ words }) => words.length >= 3)
    .toSorted((left, right) => right.words.length - left.words.length);
  for (const { text, quote } of places) {
    const said = ` ${wordsOf(text)} `;
    const found = wanted.find(({ words }) => said.includes(` ${words} `))?.project;
    if (found !== undefined) return { name: found.name, id: found.id, quote };
  }
  return undefined;
}

function findTitled(places: readonly Place[], active: Active): NamedProject | undefined {
  for (const { text, quote } of places.filter(isTitle)) {
    const words = TITLED.exec(text)?.[1]?.trim().split(/\s+/u) ?? [];
    const end = words.findIndex((word) => GENERIC.has(word.toLowerCase()));
    const name =
      readName(words.slice(0, end === -1 ? words.length : end).join(" ")) ??
      readName(PLANNED.exec(text.slice(0, MAX_NAME + 20))?.[1]);
    if (name !== undefined) return toProject(name, quote, active);
  }
  return undefined;
}

/** Whether it is a title or a high heading; a label counts only at the beginning of the document. */
function isTitle({ level }: Place, index: number): boolean {
  return level <= 2 || (index === 0 && level === 6);
}

interface Place {
  text: string;
  level: number;
  quote: string | null;
}

/** The headings with their lines, then the title. */
function placesOf(document: Document, outline: Outline, headings: readonly Block[]): Place[] {
  const inText = headings.slice(0, MAX_PLACES).map(({ lines, level, first }) => ({
    text: lines[0] ?? "",
    level,
    quote: quoteOf(outline, first, 1),
  }));
  const { title } = document;
  return title === null ? inText : [...inText, { text: title, level: 1, quote: null }];
}

function toProject(name: string, quote: string | null, active: Active): NamedProject {
  const known = active.find((project) => keyOf(project.name) === keyOf(name));
  return { name: known?.name ?? name, id: known?.id ?? null, quote };
}

/** The name at the beginning of a text, or undefined. */
function readName(text: string | undefined): string | undefined {
  const [name = ""] = plainText(text ?? "").split(/ [|·•–—] | \p{Lu}\p{Ll}+: /u);
  const clean = name.replace(/(?<![\s.,;:!])[\s.,;:!]+$/u, "");
  const isName = /[\p{L}\p{N}]/u.test(clean) && !/^(?:none|n\/a|tbd|tba|unknown)$/iu.test(clean);
  return isName && clean.length <= MAX_NAME ? clean : undefined;
}

/** Gives equal keys for names that the store treats as one project. */
function keyOf(name: string): string {
  return foldText(name).replaceAll(" ", "");
}

function wordsOf(text: string): string {
  return (foldText(text).match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
}
