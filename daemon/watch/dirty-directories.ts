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

/** Times as `clock.elapsed` tells them, since the wall clock may jump. */
interface Dirt {
  isDirty: boolean;
  /** The last hint. */
  hintedAt: number;
  /** The first hint that was not handed over. */
  dirtySince: number;
  /** Minus infinity: never. */
  handedOverAt: number;
  /** How long it rests before it is handed over again. */
  pauseMs: number;
}

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
  const patienceMs = Math.max(2 * quietMs, SHORTEST_PATIENCE_MS);
  const closing = new AbortController();
  const roots = new Map<string, Map<Hint["directory"], Dirt>>();
  let isWaiting = false;

  const isBusy = (dirt: Dirt, at: number): boolean =>
    at - dirt.handedOverAt <= patienceMs + 2 * dirt.pauseMs;

  const dueAt = ({ hintedAt, dirtySince, handedOverAt, pauseMs }: Dirt): number =>
    Math.max(Math.min(hintedAt + quietMs, dirtySince + patienceMs), handedOverAt + pauseMs);

  async function wait(): Promise<void> {
    isWaiting = true;
    try {
      while (roots.size > 0) {
        await clock.sleep(sleepMs(clock.elapsed()), closing.signal);
        handOver(clock.elapsed());
      }
    } catch (thrown) {
      if (!isAbort(thrown)) throw thrown;
    } finally {
      isWaiting = false;
    }
  }

  function sleepMs(now: number): number {
    // A hint that comes meanwhile is due no sooner than this.
    let nextMs = quietMs;
    for (const places of roots.values()) {
      for (const dirt of places.values()) {
        if (dirt.isDirty) nextMs = Math.min(nextMs, dueAt(dirt) - now);
      }
    }
    return Math.max(Math.ceil(nextMs), 1);
  }

  function handOver(now: number): void {
    const places: DirtyPlaces = { roots: [], directories: [] };
    for (const [root, dirt] of roots) {
      const dirty = [...dirt.values()].filter(({ isDirty }) => isDirty).length;
      const due = takeDue(dirt, now);
      if (due.includes(null) || (due.length > 0 && dirty > MANY)) {
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
  function takeDue(places: Map<Hint["directory"], Dirt>, now: number): Hint["directory"][] {
    const due: Hint["directory"][] = [];
    for (const [directory, dirt] of places) {
      const wasBusy = isBusy(dirt, now);
      if (!dirt.isDirty) {
        if (!wasBusy) places.delete(directory);
        continue;
      }
      if (now < dueAt(dirt)) continue;
      const isQuiet = now - dirt.hintedAt >= quietMs;
      const longerMs = Math.min(Math.max(quietMs, 2 * dirt.pauseMs), LONGEST_PAUSE_MS);
      dirt.pauseMs = wasBusy || !isQuiet ? longerMs : 0;
      dirt.handedOverAt = now;
      dirt.isDirty = false;
      due.push(directory);
    }
    return due;
  }

  return {
    add({ root, directory }) {
      if (closing.signal.aborted) return;
      const now = clock.elapsed();
      const places = roots.get(root) ?? new Map<Hint["directory"], Dirt>();
      roots.set(root, places);
      const dirt = places.get(directory) ?? createDirt(now);
      places.set(directory, dirt);
      dirt.hintedAt = now;
      if (!dirt.isDirty) dirt.dirtySince = now;
      dirt.isDirty = true;
      if (!isWaiting) void wait();
    },
    close() {
      closing.abort();
      roots.clear();
    },
  };
}

function createDirt(now: number): Dirt {
  return { isDirty: false, hintedAt: now, dirtySince: now, handedOverAt: -Infinity, pauseMs: 0 };
}
