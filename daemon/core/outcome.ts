/** What a done file gave, and what a run came to, in the same words everywhere. */

const WORDS = {
  recorded: "recorded",
  nothing_recorded: "nothing recorded",
  capped: "stopped at a limit",
} as const;

/** `stopped at a limit` */
export function sayOutcome(outcome: keyof typeof WORDS): string {
  return WORDS[outcome];
}

export interface Remarks {
  outcomes: { nothing_recorded: number; capped: number };
  warned: number;
}

export interface RunResult extends Remarks {
  files: { processed: number; failed: number; pending: number; skipped: number };
}

/** Writes a number; left out: plain digits. */
type Say = (count: number) => string;

/** What of a run was not read or not recorded: `3 stopped at a limit`, `2 read with warnings`. */
export function listRemarks({ outcomes, warned }: Remarks, say: Say = String): string[] {
  return join(say, [
    [outcomes.capped, WORDS.capped],
    [warned, "read with warnings"],
    [outcomes.nothing_recorded, `with ${WORDS.nothing_recorded}`],
  ]);
}

/** `12 read, 3 stopped at a limit, 1 failed`; what is zero is left out. */
export function sayResult(run: RunResult, say: Say = String): string {
  const { processed, failed, pending, skipped } = run.files;
  const parts = [
    ...join(say, [[processed, "read"]]),
    ...listRemarks(run, say),
    ...join(say, [
      [failed, "failed"],
      [pending, "postponed"],
      [skipped, "skipped"],
    ]),
  ];
  return parts.length === 0 ? "nothing new" : parts.join(", ");
}

function join(say: Say, counts: readonly (readonly [count: number, words: string])[]): string[] {
  return counts.filter(([count]) => count > 0).map(([count, words]) => `${say(count)} ${words}`);
}
