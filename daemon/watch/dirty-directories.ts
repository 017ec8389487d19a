import type { Clock } from "../core/clock.ts";
import { isAbort } from "../core/errors.ts";
import {
  addHint,
  type Dirt,
  dueAt,
  type Patience,
  patienceFor,
  type PlacesOfRoot,
  takeDue,
} from "./dirt.ts";
import type { Hint } from "./hint.ts";

/** Where to look, each place once. */
export interface DirtyPlaces {
  /** Everything below these may have changed. */
  roots: string[];
  /** The files directly in these may have changed. No directory here is below one of `roots`. */
  directories: string[];
}

export interface DirtyDirectories {
  add(hint: Hint): void;
  /** Forgets all hints, and hands nothing over after this. */
  close(): void;
}

type DirtyRoots = Map<string, PlacesOfRoot>;

// If more directories of a root are dirty, the root is handed over: one look at all of it is cheaper.
const MANY = 200;

/**
 * Collects hints, and hands each place over when it has had no hint for `quietMs`.
 *
 * Hands a place that does not become quiet over too, at growing intervals, so that a burst of 30,000 files
 * leads to a few looks. Every hint is followed by a handover of its place. Keeps a timer only while there
 * is something to wait for.
 */
export function createDirtyDirectories(options: {
  clock: Clock;
  quietMs: number;
  onQuiet(places: DirtyPlaces): void;
}): DirtyDirectories {
  const { clock, quietMs, onQuiet } = options;
  const patience = patienceFor(quietMs);
  const closing = new AbortController();
  const roots: DirtyRoots = new Map();
  let isWaiting = false;

  async function wait(): Promise<void> {
    isWaiting = true;
    try {
      while (roots.size > 0) {
        const sleepMs = untilNextDue(roots, patience, clock.elapsed());
        await clock.sleep(sleepMs, closing.signal);
        const due = takeDuePlaces(roots, patience, clock.elapsed());
        if (due.roots.length + due.directories.length > 0) onQuiet(due);
      }
    } catch (thrown) {
      if (!isAbort(thrown)) throw thrown;
    } finally {
      isWaiting = false;
    }
  }

  return {
    add({ root, directory }) {
      if (closing.signal.aborted) return;
      const places = roots.get(root) ?? new Map<Hint["directory"], Dirt>();
      roots.set(root, places);
      addHint(places, directory, clock.elapsed());
      if (!isWaiting) void wait();
    },
    close() {
      closing.abort();
      roots.clear();
    },
  };
}

function untilNextDue(roots: DirtyRoots, patience: Patience, now: number): number {
  // A hint during the sleep is not due before this.
  let nextMs = patience.quietMs;
  for (const places of roots.values()) {
    for (const dirt of places.values()) {
      if (dirt.isDirty) nextMs = Math.min(nextMs, dueAt(dirt, patience) - now);
    }
  }
  return Math.max(Math.ceil(nextMs), 1);
}

/** Takes the places that are due, and forgets roots without any place. */
function takeDuePlaces(roots: DirtyRoots, patience: Patience, now: number): DirtyPlaces {
  const taken: DirtyPlaces = { roots: [], directories: [] };
  for (const [root, places] of roots) {
    const dirty = [...places.values()].filter(({ isDirty }) => isDirty).length;
    const due = takeDue(places, patience, now);
    if (due.includes(null) || (due.length > 0 && dirty > MANY)) {
      taken.roots.push(root);
      for (const covered of places.values()) covered.isDirty = false;
    } else {
      taken.directories.push(...due.filter((directory) => directory !== null));
    }
    if (places.size === 0) roots.delete(root);
  }
  return taken;
}
