import { isActionHeading } from "./heading.ts";
import { cut } from "./excerpt.ts";
import { isGuide } from "./imperative.ts";
import { readableName } from "./note.ts";
import type { Outline } from "./outline.ts";
import { readParticipants } from "./participant.ts";
import { type Register, registerOf } from "./register.ts";
import { readSection, type Section } from "./section.ts";
import type { FoundTask, TaskLine } from "./task.ts";

/** The state of searching a document for tasks. */
export interface TaskScan {
  readonly register: Register;
  readonly participants: ReadonlySet<string>;
  /** The whole document is to be done: "todo.md". */
  readonly isList: boolean;
  readonly isTechnical: boolean;
  readonly tasks: FoundTask[];
  section: Section;
  /** The last sentence with some content, to which "it" in the next one refers. */
  context: string | null;
  /** The last task that a speaker took on. */
  accepted: FoundTask | undefined;
}

/** The lines of a task. */
export type Place = Pick<FoundTask, "first" | "lines">;

/** The longest text of a task that is read, far above the length of a title. */
export const MAX_TEXT = 1_000;

/** Begins the search above the first block. */
export function startScan({ blocks, envelope, source }: Outline, fileName: string): TaskScan {
  const isList = isActionHeading(readableName(fileName));
  const isTechnical = isGuide(blocks, source);
  return {
    register: registerOf(blocks, envelope),
    participants: readParticipants(blocks),
    isList,
    isTechnical,
    tasks: [],
    section: readSection([], { isList, isTechnical }),
    context: null,
    accepted: undefined,
  };
}

/** Adds a task; returns its details, to add to, or null if the line has no words and so no task. */
export function addTask(
  { tasks, section }: TaskScan,
  place: Place,
  line: Pick<TaskLine, "text"> &
    Partial<TaskLine & Pick<FoundTask, "needs_date" | "is_from_sentence">>,
  day: string | null = null,
): string[] | null {
  if (!/\p{L}/u.test(line.text)) return null;
  const defaults = { owner: null, status: "open", about: null, is_from_sentence: false } as const;
  const details = [...(line.details ?? [])];
  const text = cut(line.text, MAX_TEXT);
  const { under } = section;
  tasks.push({ ...defaults, needs_date: false, ...line, text, details, under, day, ...place });
  return details;
}
