import { createHash } from "node:crypto";

/** The texts of one history: each differs from all before it. */
export interface Texts {
  /** About a new subject. */
  fresh(): string;
  /** The next version of a text, of the same size. */
  next(text: string): string;
  /** The same text with one thing more. */
  longer(text: string): string;
}

export function createTexts(): Texts {
  let count = 0;
  const number = (): string => String((count += 1)).padStart(5, "0");
  return {
    fresh() {
      const [subject, version] = [`s${number()}`, `v${number()}`];
      const tasks = `- [ ] Keep ${subject}\n- [ ] Do ${version}\n`;
      return `# Subject ${subject}\n\nText ${version}.\n\n${tasks}`;
    },
    next(text) {
      const version = text.match(/v\d{5}/g)?.at(-1) ?? "none";
      return text.replaceAll(version, `v${number()}`);
    },
    longer: (text) => `${text}- [ ] Do v${number()}\n`,
  };
}

export const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What the scripted model records of a text: a note, and a task for each open line. */
export function titlesOf(text: string): string[] {
  const note = /^# (.+)$/m.exec(text)?.[1];
  const tasks = [...text.matchAll(/^- \[ \] (.+)$/gm)].map((match) => `task ${match[1]}`);
  return note === undefined ? [] : [`note ${note}`, ...tasks];
}

// As many calls as the scripted model makes in one reply.
const CALLS_PER_REPLY = 15;

/** How many requests the scripted model is sent for a text: its calls, and the closing words. */
export const countRequests = (text: string): number =>
  Math.ceil(titlesOf(text).length / CALLS_PER_REPLY) + 1;
