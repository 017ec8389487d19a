import type { Document, Frame } from "../protocol/document.ts";
import type { NoteFields } from "../protocol/entity.ts";
import { findDue } from "./due-date.ts";
import { cut, foldText } from "./excerpt.ts";
import { titleOfNote } from "./note.ts";
import { quoteOf, readOutline } from "./outline.ts";
import { findProjects, type NamedProject } from "./project.ts";
import { findReferenceDates } from "./reference-date.ts";
import { summarize } from "./summary.ts";
import { type FoundTask, readTask, type TaskReading } from "./task.ts";
import { findTaskLines } from "./task-line.ts";

/** The records to make from a document: always the same for the same document and frame. */
export interface Plan {
  /** The projects of the note and the tasks. */
  projects: NamedProject[];
  note: (Pick<NoteFields, "title" | "body" | "tags"> & Planned) | null;
  tasks: (TaskReading & Planned)[];
  /** The number of tasks beyond the limit. */
  left_out: number;
}

interface Planned {
  project: NamedProject | null;
  /** The lines of the document that it rests on. */
  quote: string;
}

// The default of `max_changes_per_file`: one or more projects, one note, and tasks.
const MAX_CHANGES = 50;
const MAX_DOCUMENT_TAGS = 5;
const MAX_TAG = 60;

/** Plans what to record from a document. */
export function planDocument(document: Document, frame: Frame): Plan {
  if (document.text.trim() === "") return { projects: [], note: null, tasks: [], left_out: 0 };
  const outline = readOutline(document, frame.file_name);
  const referenceOf = findReferenceDates(document, outline, frame);
  const tags = readTags(document.metadata["tags"]);
  const projects = findProjects(document, outline, frame.projects);

  const dayOf = ({ day, under }: FoundTask): string => day ?? referenceOf(under);
  const isToCome = (line: FoundTask): boolean =>
    (findDue(line.text, dayOf(line)).due_date ?? "") >= dayOf(line);
  const found = withoutRepeats(
    findTaskLines(outline, frame.file_name).filter((line) => !line.needs_date || isToCome(line)),
    ({ under }) => projects.of(under)?.name,
  );
  const tasks = found.slice(0, MAX_CHANGES - 1 - Math.max(1, projects.all.length)).map((line) => ({
    ...readTask(line, dayOf(line), tags),
    project: projects.of(line.under),
    quote: quoteOf(outline, line.first, line.lines),
  }));
  const left_out = found.length - tasks.length;

  const taskLines = new Set(found.map(({ first }) => first));
  const more = `\n\n*${left_out} more tasks of this document are not recorded.*`;
  const firstLine = outline.source.findIndex((line) => line.trim() !== "");
  const note = {
    title: titleOfNote(document, outline, frame.file_name),
    body: summarize(outline, taskLines) + (left_out === 0 ? "" : more),
    tags,
    project: projects.whole,
    quote: quoteOf(outline, outline.blocks[0]?.first ?? firstLine, 1),
  };
  return { projects: projects.all, note, tasks, left_out };
}

/** Each task once; a task that is open in one place is open. */
function withoutRepeats(
  tasks: readonly FoundTask[],
  projectOf: (task: FoundTask) => string | undefined,
): FoundTask[] {
  const byKey = new Map<string, FoundTask>();
  for (const task of tasks) {
    const key = JSON.stringify([foldText(task.text), projectOf(task)]);
    const isOpen = byKey.get(key)?.status === "open";
    if (!byKey.has(key) || (task.status === "open" && !isOpen)) byKey.set(key, task);
  }
  return [...byKey.values()];
}

function readTags(tags: string | string[] | undefined): string[] {
  const given = typeof tags === "string" ? tags.split(",") : (tags ?? []);
  const clean = given.map((tag) => cut(tag.trim().replace(/^#/u, ""), MAX_TAG).trim());
  return [...new Set(clean.filter(Boolean))].slice(0, MAX_DOCUMENT_TAGS);
}
