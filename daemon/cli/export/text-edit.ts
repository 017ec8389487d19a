/** What replaces a part of a text, or goes between two characters if `end` is `start`. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

export function insert(start: number, text: string): Edit {
  return { start, end: start, text };
}

/** From the end to the start, each place once. */
export function apply(text: string, edits: readonly Edit[]): string {
  let rest = text.length;
  let done = "";
  for (const { start, end, text: added } of edits.toSorted((a, b) => b.start - a.start)) {
    if (end > rest || (start === rest && done !== "" && start === end)) continue;
    done = added + text.slice(end, rest) + done;
    rest = start;
  }
  return text.slice(0, rest) + done;
}

/** Whether a backslash is before a character, and is not escaped itself. */
export function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === "\\") first -= 1;
  return (at - first) % 2 === 1;
}
