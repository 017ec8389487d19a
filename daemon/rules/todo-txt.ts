import { type Block, blockOf } from "./block.ts";
import { MAX_LINE } from "./line.ts";

/** A line of a todo.txt file (todotxt.org) as text with a box. */
interface TodoLine {
  text: string;
  box: "open" | "done";
}

const NAME = /^(?:todo|done)\.txt$|\.todo\.txt$/iu;
const MARK = /^(?:x \d{4}-\d{2}-\d{2}\b|\([A-Z]\) |\d{4}-\d{2}-\d{2} )|\s(?:due:\d|[+@]\p{L})/u;

/** Whether a document is a todo.txt file, by its name and a mark of the format in it. */
export function isTodoTxt(fileName: string, source: readonly string[]): boolean {
  return NAME.test(fileName) && source.slice(0, 200).some((line) => MARK.test(line.slice(0, 500)));
}

/** The blocks of a todo.txt file: each line is an item. */
export function readTodoTxt(source: readonly string[]): Block[] {
  return source.flatMap((line, first) => {
    if (line.trim() === "") return [];
    const { text, box } = readTodoLine(line.slice(0, MAX_LINE));
    return [{ ...blockOf("item", 0, first, [text]), box }];
  });
}

/** Reads one line: done or open, without creation dates; projects and contexts become tags. */
function readTodoLine(line: string): TodoLine {
  const isDone = /^x\s/u.test(line);
  const [, priority = ""] = /^(?:x\s+)?(?:\d{4}-\d{2}-\d{2}\s+)*(\([A-Z]\))\s/u.exec(line) ?? [];
  const text = line
    .replace(/^(?:x\s+)?(?:\([A-Z]\)\s+)?(?:\d{4}-\d{2}-\d{2}\s+){0,2}(?:\([A-Z]\)\s+)?/u, "")
    .replaceAll(/(?<=\s)(?:t|rec|h|pri|id):\S+/gu, "")
    .replaceAll(/(?<=\s)[+@](?=\p{L})/gu, "#")
    .trim();
  // Only the first of its priorities is above normal.
  return { text: priority === "(A)" ? `(A) ${text}` : text, box: isDone ? "done" : "open" };
}
