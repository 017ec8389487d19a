/** What a document shows of commands and their output, and whether a real output is the same. */

/** A fenced block of a Markdown document. */
export interface Block {
  /** What follows the fence: `console`, `yaml` …; empty where nothing does. */
  language: string;
  text: string;
  /** 1-based, of the opening fence. */
  line: number;
  /** Where its text begins in the document. */
  offset: number;
}

/** A command of a `console` block: what follows `$ `, and the lines up to the next one. */
export interface ShownCommand {
  command: string;
  output: string;
  line: number;
  /** Where the output begins in the document. */
  offset: number;
}

export function readBlocks(document: string): Block[] {
  return [...document.matchAll(/^```([^\n`]*)\n([\s\S]*?)^```$/gmu)].map((match) => {
    const [whole, language = "", text = ""] = match;
    return {
      language,
      text,
      line: document.slice(0, match.index).split("\n").length,
      offset: match.index + whole.indexOf("\n") + 1,
    };
  });
}

export function readCommands(block: Block): ShownCommand[] {
  const found = [...block.text.matchAll(/^\$ (.+)\n((?:(?!\$ ).*\n)*)/gmu)];
  return found.map((match) => ({
    command: match[1] ?? "",
    output: match[2] ?? "",
    line: block.line + block.text.slice(0, match.index).split("\n").length,
    offset: block.offset + match.index + match[0].indexOf("\n") + 1,
  }));
}

/** What differs from one run to the next, and what is compared in its place. */
const CHANGING: readonly [pattern: RegExp, as: string][] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?Z?)?/gu, "TIME"],
  [/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d+Z/gu, "TIME"],
  [/took \d+\.\d s/gu, "took N s"],
  [/\d+(\.\d+)? (k|M|G)B\b/gu, "SIZE"],
  [/127\.0\.0\.1:(?!11434)\d+/gu, "127.0.0.1:PORT"],
  [/#code=\S+/gu, "#code=CODE"],
  [/\b(pid|process) \d+/gu, "$1 N"],
  [/\b[0-9a-f]{64}\b/gu, "HASH"],
  [/\badhoc-[0-9a-f]{12}\b/gu, "ADHOC"],
  [/\b\d+\.\d+\.\d+\b(?!\.\d)/gu, "VERSION"],
  // Columns are as wide as the paths in them.
  [/ {2,}/gu, "  "],
  [/ +$/gmu, ""],
];

function steady(text: string): string {
  return CHANGING.reduce((now, [pattern, as]) => now.replace(pattern, as), text).trim();
}

const ID = /\b(task|note|project|run|file|undo)_[0-9a-z]{20}\b/u;

/** The ids that a document shows, and those that this run has in their place. */
export type Ids = Map<string, string>;

/**
 * Whether an output is what the document shows: a line `…` may be any lines, an id that was not seen before
 * any id of its kind. Binds the ids that it meets.
 *
 * @param actual with the document's ids in place of those that are bound
 */
export function isShown(shown: string, actual: string, ids: Ids): boolean {
  const met: string[] = [];
  const pattern = steady(shown)
    .split(/^(…)$/mu)
    .map((part) => (part === "…" ? "[\\s\\S]*" : patternOf(part, ids, met)))
    .join("");
  const match = new RegExp(`^${pattern}$`, "u").exec(steady(actual));
  if (match === null) return false;
  for (const [index, id] of met.entries()) ids.set(id, match[index + 1] ?? "");
  return true;
}

function patternOf(text: string, ids: Ids, met: string[]): string {
  const parts = text.split(/(\b[a-z]+_[0-9a-z]{20}\b)/u);
  return parts
    .map((part) => {
      const kind = ID.exec(part)?.[1];
      if (kind === undefined) return part.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
      if (ids.has(part)) return part;
      if (met.includes(part)) return `\\${met.indexOf(part) + 1}`;
      met.push(part);
      return `(${kind}_[0-9a-z]{20})`;
    })
    .join("");
}

/** A text with the ids of the document in place of this run's, or the other way round. */
export function withIds(text: string, ids: Ids, to: "run" | "document"): string {
  return [...ids].reduce(
    (now, [shown, actual]) =>
      to === "run" ? now.replaceAll(shown, actual) : now.replaceAll(actual, shown),
    text,
  );
}

/**
 * An output with a shorter path in place of a long one, in the columns of its tables too: rows without the path
 * lose the spaces that it made necessary.
 */
export function withShorterPath(output: string, long: string, short: string): string {
  const surplus = long.length - short.length;
  return output
    .split("\n\n")
    .map((paragraph) => {
      const lines = paragraph.split("\n");
      const column = Math.max(...lines.map((line) => line.indexOf(long)));
      const gap = new RegExp(`^(.{${Math.max(column, 0)}}.*?)( {${surplus + 2},})`, "u");
      return lines
        .map((line) =>
          line.includes(long)
            ? line.replaceAll(long, short)
            : line.replace(gap, (_, before: string, spaces: string) =>
                column < 1 ? before + spaces : before + spaces.slice(surplus),
              ),
        )
        .join("\n");
    })
    .join("\n\n");
}
