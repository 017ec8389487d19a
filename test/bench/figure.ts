/** One line of the table. */
export interface Figure {
  /** What was measured, and of what. */
  what: string;
  ours: number;
  unit: "ms" | "MB" | "files";
  /** What it is held against, measured in the same run; null: it stands alone. */
  anchor: { what: string; value: number } | null;
  /** At most so much, of ours or of ours divided by the anchor; null: it is told for comparison. */
  goal: { most: number; of: "ours" | "ratio" } | null;
}

/** A file of `measurement/` exports one of these as `measure`. */
export type Measure = (options: MeasureOptions) => Promise<Figure[]>;

export interface MeasureOptions {
  /** Whether to measure also what takes many minutes to prepare. */
  large: boolean;
  /** Says what is being done, for the person who waits. */
  say(text: string): void;
}

/**
 * Lets contestants take turns, so that what else the machine does hits all of them, and gives the median
 * of each. The first round only warms up.
 */
export async function takeTurns<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(contestants) as Name[];
  const values = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const value = await contestants[name]();
      if (round > 0) values.get(name)?.push(value);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(values.get(name) ?? [])])) as Record<
    Name,
    number
  >;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error("There is no median of nothing.");
  return (low + high) / 2;
}

/** Milliseconds that something takes. */
export async function timeOf(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
