import type { Box } from "./line.ts";

/** A headline of an Org file: a heading, a task, or something that waits for somebody else. */
export interface OrgHeadline {
  level: number;
  text: string;
  /** undefined: a heading. */
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

/** Reads a line; undefined for one that is no headline. Priority and tags stand in its text as in any other. */
export function readHeadline(line: string): OrgHeadline | undefined {
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

/** The deadline that stands below a headline, `YYYY-MM-DD`. */
export function readDeadline(line: string): string | undefined {
  return PLANNING.exec(line)?.[1];
}
