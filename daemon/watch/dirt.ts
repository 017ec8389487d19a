import type { Hint } from "./hint.ts";

/** What is known about a place with hints. Times are from `clock.elapsed`, since the wall clock may jump. */
export interface Dirt {
  isDirty: boolean;
  /** The time of the last hint. */
  hintedAt: number;
  /** The time of the first hint since the place was last handed over. */
  dirtySince: number;
  /** Minus infinity: never. */
  handedOverAt: number;
  /** How long the place rests before it is handed over again. */
  pauseMs: number;
}

/** The places of a root that have hints, by directory; null: everything below the root. */
export type PlacesOfRoot = Map<Hint["directory"], Dirt>;

export interface Patience {
  /** How long a place must have no hint to be quiet. */
  quietMs: number;
  /** How long to wait for a place to become quiet. */
  patienceMs: number;
}

// A place that does not become quiet is handed over after twice the quiet time, but not before this.
const SHORTEST_PATIENCE_MS = 1_000;
// The longest pause of a directory that keeps changing.
const LONGEST_PAUSE_MS = 10_000;

export function patienceFor(quietMs: number): Patience {
  return { quietMs, patienceMs: Math.max(2 * quietMs, SHORTEST_PATIENCE_MS) };
}

/** Notes a hint at a place. */
export function addHint(places: PlacesOfRoot, directory: Hint["directory"], now: number): void {
  const dirt = places.get(directory) ?? createDirt(now);
  places.set(directory, dirt);
  dirt.hintedAt = now;
  if (!dirt.isDirty) dirt.dirtySince = now;
  dirt.isDirty = true;
}

function createDirt(now: number): Dirt {
  return { isDirty: false, hintedAt: now, dirtySince: now, handedOverAt: -Infinity, pauseMs: 0 };
}

/** When to hand a dirty place over: once it is quiet or the patience ends, but not before its pause ends. */
export function dueAt(
  { hintedAt, dirtySince, handedOverAt, pauseMs }: Dirt,
  { quietMs, patienceMs }: Patience,
): number {
  return Math.max(Math.min(hintedAt + quietMs, dirtySince + patienceMs), handedOverAt + pauseMs);
}

/** Gives the due places of a root, and lets each rest from now on. Forgets places that have long been quiet. */
export function takeDue(
  places: PlacesOfRoot,
  patience: Patience,
  now: number,
): Hint["directory"][] {
  const due: Hint["directory"][] = [];
  for (const [directory, dirt] of places) {
    const wasBusy = isBusy(dirt, now, patience);
    if (!dirt.isDirty) {
      if (!wasBusy) places.delete(directory);
      continue;
    }
    if (now < dueAt(dirt, patience)) continue;
    const isQuiet = now - dirt.hintedAt >= patience.quietMs;
    const longerMs = Math.min(Math.max(patience.quietMs, 2 * dirt.pauseMs), LONGEST_PAUSE_MS);
    dirt.pauseMs = wasBusy || !isQuiet ? longerMs : 0;
    dirt.handedOverAt = now;
    dirt.isDirty = false;
    due.push(directory);
  }
  return due;
}

/** Whether a place was handed over so recently that the next hint counts as the same burst. */
function isBusy({ handedOverAt, pauseMs }: Dirt, now: number, { patienceMs }: Patience): boolean {
  return now - handedOverAt <= patienceMs + 2 * pauseMs;
}
