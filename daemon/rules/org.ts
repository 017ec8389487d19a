import { type Block, blockOf } from "./block.ts";
import { type Box, MAX_LINE } from "./line.ts";
import { plainText } from "./markup.ts";

/** A headline of an Org file: a heading, a task, or a task that waits for another person. */
interface OrgHeadline {
  level: number;
  text: string;
  /** undefined for a heading. */
  box: Box | undefined;
  isWaiting: boolean;
}

const HEADLINE =
  /^(\*{1,8})\s+(?:(TODO|NEXT|STARTED|DOING|DONE|CANCELLED|CANCELED|WAITING|WAIT|HOLD)\s+)?(?:\[#([A-Z])\]\s+)?(\S.*)$/u;
const TAGS = /\s+:([\p{L}\p{N}_@#%:]{1,200}):\s*$/u;
const PLANNING = /\bDEADLINE:\s*<(\d{4}-\d{2}-\d{2})[^>]{0,40}>/u;

export function isOrg(fileName: string): boolean {
  return /\.org$/iu.test(fileName);
}

/** The blocks of an Org file. */
export function readOrg(source: readonly string[]): Block[] {
  const blocks: Block[] = [];
  // The block of the lines below; null below a task that waits.
  let open: Block | null = null;
  for (const [first, whole] of source.entries()) {
    const line = whole.slice(0, MAX_LINE);
    const headline = readHeadline(line);
    const text = line.trim();
    if (headline !== undefined) {
      const { level, box, isWaiting } = headline;
      const kind = box === undefined ? "heading" : "item";
      open = {
        ...blockOf(kind, box === undefined ? level : 0, first, [headline.text]),
        box: box ?? null,
      };
      if (isWaiting) open = null;
      else blocks.push(open);
    } else if (open?.box !== null && open !== null && readDeadline(text) !== undefined) {
      open.lines[0] += ` (due ${readDeadline(text)})`;
    } else if (text !== "" && !/^(?:#\+|:[A-Z_]+:|CLOSED:|SCHEDULED:|DEADLINE:)/iu.test(text)) {
      blocks.push(blockOf("paragraph", 0, first, [plainText(text)]));
    } else {
      const [, name = "", value = ""] = /^#\+(TITLE|DATE):\s+(\S.*)$/iu.exec(text) ?? [];
      if (name !== "") blocks.push(blockOf("paragraph", 0, first, [`${name}: ${value}`]));
    }
  }
  return blocks;
}

/** Reads a headline; undefined for any other line. Its text contains priority and tags in their usual form. */
function readHeadline(line: string): OrgHeadline | undefined {
  const [whole, stars = "", keyword, priority, rest = ""] = HEADLINE.exec(line) ?? [];
  if (whole === undefined) return undefined;
  const tags = (TAGS.exec(rest)?.[1] ?? "").split(":").filter(Boolean);
  const mark = priority === "A" ? "(A) " : "";
  const text = [mark + rest.replace(TAGS, "").trim(), ...tags.map((tag) => `#${tag}`)].join(" ");
  const isWaiting = /^(?:WAIT|HOLD)/u.test(keyword ?? "");
  const isTask = keyword !== undefined && !isWaiting;
  const box = keyword === "DONE" ? "done" : keyword?.startsWith("CANCEL") ? "cancelled" : "open";
  return { level: Math.min(stars.length, 6), text, box: isTask ? box : undefined, isWaiting };
}

/** The deadline in the line below a headline, `YYYY-MM-DD`. */
function readDeadline(line: string): string | undefined {
  return PLANNING.exec(line)?.[1];
}
