import type { Clock } from "../core/clock.ts";
import { isAbort } from "../core/errors.ts";
import type { Hint } from "./watcher.ts";

/** Where to look, each named once. */
export interface DirtyPlaces {
  /** All that is below these may have changed. */
  roots: string[];
  /** The files directly in these; none of them is below one of `roots`. */
  directories: string[];
}

export interface DirtyDirectories {
  add(hint: Hint): void;
  /** Forgets what it has; nothing is handed over after this. */
  close(): void;
}

/** Times are summed up from ticks, since the wall clock may jump. */
interface Dirt {
  isDirty: boolean;
  /** Since the last hint. */
  quietForMs: number;
  /** Since the first hint that was not handed over. */
  waitedMs: number;
  /** Since it was handed over; infinite: never. */
  restedMs: number;
  /** How long it rests before it is handed over again. */
  pauseMs: number;
}

const TICKS_PER_QUIET = 4;
// What does not become quiet is handed over after twice the quiet time, and not before this.
const SHORTEST_PATIENCE_MS = 1_000;
// The longest pause of a directory that goes on changing.
const LONGEST_PAUSE_MS = 10_000;
// So many directories of a root are handed over as the root: one look at all of it is cheaper.
const MANY = 200;

/**
 * Collects hints, and hands each place over when it has been quiet for `quietMs`.
 *
 * One that does not become quiet is handed over all the same, at growing distances, so that a burst of
 * 30,000 files leads to a few looks. Every hint is followed by a handing over of its place that comes after
 * it. Keeps a timer only while there is something to wait for.
 */
export function createDirtyDirectories(options: {
  clock: Clock;
  quietMs: number;
  onQuiet(places: DirtyPlaces): void;
}): DirtyDirectories {
  const { clock, quietMs, onQuiet } = options;
  const tickMs = quietMs / TICKS_PER_QUIET;
  const patienceMs = Math.max(2 * quietMs, SHORTEST_PATIENCE_MS);
  const closing = new AbortController();
  const roots = new Map<string, Map<Hint["directory"], Dirt>>();
  let isTicking = false;

  async function tick(): Promise<void> {
    isTicking = true;
    try {
      while (roots.size > 0) {
        await clock.sleep(tickMs, closing.signal);
        handOver();
      }
    } catch (thrown) {
      if (!isAbort(thrown)) throw thrown;
    } finally {
      isTicking = false;
    }
  }

  function handOver(): void {
    const places: DirtyPlaces = { roots: [], directories: [] };
    for (const [root, dirt] of roots) {
      const due = takeDue(dirt);
      if (due.includes(null) || due.length > MANY) {
        places.roots.push(root);
        for (const covered of dirt.values()) covered.isDirty = false;
      } else {
        places.directories.push(...due.filter((directory) => directory !== null));
      }
      if (dirt.size === 0) roots.delete(root);
    }
    if (places.roots.length + places.directories.length > 0) onQuiet(places);
  }

  /** What is due of one root, which rests from now on. Lets go what has rested for long. */
  function takeDue(places: Map<Hint["directory"], Dirt>): Hint["directory"][] {
    const due: Hint["directory"][] = [];
    for (const [directory, dirt] of places) {
      dirt.quietForMs += tickMs;
      dirt.waitedMs += tickMs;
      dirt.restedMs += tickMs;
      // The first tick may have followed the hint at once.
      const isQuiet = dirt.quietForMs > quietMs;
      const isRecent = dirt.restedMs <= patienceMs + 2 * dirt.pauseMs;
      if (!dirt.isDirty) {
        if (!isRecent) places.delete(directory);
        continue;
      }
      if (!isQuiet && dirt.waitedMs < patienceMs) continue;
      if (dirt.restedMs < dirt.pauseMs) continue;
      const isBusy = isRecent || !isQuiet;
      const longerMs = Math.min(Math.max(quietMs, 2 * dirt.pauseMs), LONGEST_PAUSE_MS);
      dirt.pauseMs = isBusy ? longerMs : 0;
      dirt.restedMs = 0;
      dirt.isDirty = false;
      due.push(directory);
    }
    return due;
  }

  return {
    add({ root, directory }) {
      if (closing.signal.aborted) return;
      const places = roots.get(root) ?? new Map<Hint["directory"], Dirt>();
      roots.set(root, places);
      const dirt = places.get(directory) ?? createDirt();
      places.set(directory, dirt);
      dirt.quietForMs = 0;
      if (!dirt.isDirty) dirt.waitedMs = 0;
      dirt.isDirty = true;
      if (!isTicking) void tick();
    },
    close() {
      closing.abort();
      roots.clear();
    },
  };
}

function createDirt(): Dirt {
  return { isDirty: false, quietForMs: 0, waitedMs: 0, restedMs: Infinity, pauseMs: 0 };
}
