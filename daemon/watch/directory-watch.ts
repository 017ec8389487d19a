import type { BigIntStats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { isAbort, systemErrorCode } from "../core/errors.ts";
import { openPlainWatch } from "./plain-watch.ts";
import { openRawWatch, type RawWatch, type RawWatchOptions } from "./raw-watch.ts";
import type { TreeWatch, TreeWatchOptions } from "./tree-watch.ts";

/** A directory that is watched, or is about to be. */
interface Place {
  readonly path: string;
  readonly outer: Place | undefined;
  readonly inner: Map<string, Place>;
  /** Of the directory that stood here when its watch was made. */
  identity: string | undefined;
  watch: RawWatch | undefined;
  isForgotten: boolean;
}

// How many directories share a watcher: with one each, chokidar needs twice the memory. They are also
// read at the same time.
const BATCH_SIZE = 16;
// In larger trees chokidar's 5 KB for each directory add up: the rest is watched without it.
const CHOKIDAR_DIRECTORIES = 1_000;
// How long changes of names gather before their directories are listed again.
const PAUSE_MS = 20;
// A directory into which much is written is listed a fifth of the time at most.
const PAUSE_PER_LISTING = 4;

/**
 * Watches a directory tree with one watch for each directory.
 *
 * What an event says came or went is not believed: its directory is listed again. Every directory that
 * turns up is reported after its watch stands, since files may have been put in before.
 */
export function watchDirectories(options: TreeWatchOptions): TreeWatch {
  const { boundary, clock, onChange, onFailure } = options;
  const closing = new AbortController();
  const { signal } = closing;
  const root = createPlace(boundary.root, undefined);
  const unlisted = new Set<Place>();
  const { chokidarDirectories = CHOKIDAR_DIRECTORIES } = options;
  let watched = 0;
  let isOpen = false;
  let pauseMs = PAUSE_MS;
  // One after the other: two that list the same directory would watch it twice.
  let turn: Promise<void> = Promise.resolve();

  const isReal = options.realRoot === boundary.root;
  // The same text wherever it can be: there may be a hundred thousand of them.
  const toReal = (place: Place): string =>
    isReal ? place.path : path.join(options.realRoot, place.path.slice(boundary.root.length));

  function inTurn(work: () => Promise<void>): Promise<void> {
    turn = turn.then(work).catch((thrown: unknown) => {
      if (!isAbort(thrown)) onFailure(thrown instanceof Error ? thrown : new Error(String(thrown)));
    });
    return turn;
  }

  function listSoon(place: Place): void {
    if (unlisted.has(place)) return;
    unlisted.add(place);
    if (unlisted.size > 1) return;
    void inTurn(async () => {
      await clock.sleep(pauseMs, signal);
      const places = [...unlisted];
      unlisted.clear();
      const startedAt = performance.now();
      await follow(places, false);
      pauseMs = Math.max(PAUSE_MS, PAUSE_PER_LISTING * (performance.now() - startedAt));
    });
  }

  /** Lists places, and level by level what is new below them, or all. */
  async function follow(places: readonly Place[], all: boolean): Promise<void> {
    for (let level = places; level.length > 0;) {
      const below: Place[] = [];
      for (let index = 0; index < level.length; index += BATCH_SIZE) {
        below.push(...(await listBatch(level.slice(index, index + BATCH_SIZE), all)));
      }
      level = below;
    }
  }

  async function listBatch(batch: readonly Place[], all: boolean): Promise<Place[]> {
    const recognised = await Promise.all(batch.map(recognise));
    const present = recognised
      .flatMap((place) => place ?? [])
      .filter((place) => !place.isForgotten);
    const unwatched = present.filter((place) => place.watch === undefined);
    if (unwatched.length > 0) await watchBatch(unwatched);
    // In this order: what comes after the watch stands is reported, what came before is listed.
    const below = await Promise.all(present.map((place) => listInner(place, all)));
    signal.throwIfAborted();
    if (isOpen) for (const place of unwatched) report(place);
    return below.flat();
  }

  /** The place, or the new one where another directory stands now; undefined where none does. */
  async function recognise(place: Place): Promise<Place | undefined> {
    if (place.isForgotten) return undefined;
    const identity = await identify(toReal(place));
    if (place.identity === identity) return place;
    if (place.identity === undefined) {
      place.identity = identity;
      return place;
    }
    // A root that was replaced is opened anew by whoever looks after it.
    if (place.outer === undefined) return undefined;
    forget(place);
    if (identity === undefined) return undefined;
    const replacement = createPlace(place.path, place.outer);
    replacement.identity = identity;
    return replacement;
  }

  async function watchBatch(batch: readonly Place[]): Promise<void> {
    signal.throwIfAborted();
    const places = new Map(batch.map((place) => [toReal(place), place]));
    const handlers: Omit<RawWatchOptions, "recursive"> = {
      onChange(directory, name, isRename) {
        const place = places.get(directory);
        if (place === undefined || place.isForgotten) return;
        report(place);
        if (isRename) listSoon(place);
        const inner = name === null ? undefined : place.inner.get(name);
        // One that must not be read may be allowed now.
        if (inner !== undefined && inner.watch === undefined) listSoon(inner);
      },
      onError(error) {
        const refused = isRefusal(error) ? places.get(directoryOf(error)) : undefined;
        if (refused === undefined || refused === root) onFailure(error);
        // The scan says that it must not be read; the directory above it reports when that has changed.
        else letGo(refused);
      },
    };
    const watch =
      watched < chokidarDirectories
        ? openRawWatch([...places.keys()], { recursive: false, ...handlers })
        : openPlainWatch([...places.keys()], handlers);
    watched += batch.length;
    for (const place of batch) place.watch = watch;
    await watch.ready;
  }

  async function listInner(place: Place, all: boolean): Promise<Place[]> {
    const names = await listDirectories(toReal(place));
    if (place.isForgotten) return [];
    for (const [name, inner] of place.inner) if (!names.has(name)) forget(inner);
    const below = all ? [...place.inner.values()] : [];
    for (const name of names) {
      const inner = path.join(place.path, name);
      if (place.inner.has(name) || boundary.stops(inner) !== undefined) continue;
      below.push(createPlace(inner, place));
    }
    return below;
  }

  function forget(place: Place): void {
    for (const inner of place.inner.values()) forget(inner);
    letGo(place);
    place.isForgotten = true;
    place.outer?.inner.delete(path.basename(place.path));
  }

  function letGo(place: Place): void {
    if (place.watch === undefined) return;
    place.watch.release(toReal(place));
    place.watch = undefined;
    watched -= 1;
  }

  function report(place: Place): void {
    // The product writes there itself: each look would be the reason for the next.
    if (!boundary.holdsOwn(place.path)) onChange(place.path);
  }

  const ready = inTurn(async () => {
    await follow([root], false);
    isOpen = true;
  });

  return {
    ready,
    catchUp: () => inTurn(() => follow([root], true)),
    async close() {
      closing.abort();
      const watches = new Set([...below(root)].map((place) => place.watch));
      await Promise.all([...watches].flatMap((watch) => watch?.close() ?? []));
      await turn;
    },
  };
}

function createPlace(directory: string, outer: Place | undefined): Place {
  const inner = new Map<string, Place>();
  const place = { path: directory, outer, inner, identity: undefined, watch: undefined };
  const created: Place = { ...place, isForgotten: false };
  outer?.inner.set(path.basename(directory), created);
  return created;
}

function* below(place: Place): Generator<Place> {
  yield place;
  for (const inner of place.inner.values()) yield* below(inner);
}

/** What tells a directory from another in its place, also where inode numbers are used again. */
export function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  // Joined, since a template would keep its parts beside each other.
  return [dev, ino, birthtimeNs].join(":");
}

/** Undefined when no directory stands there. */
async function identify(directory: string): Promise<string | undefined> {
  try {
    const stats = await lstat(directory, { bigint: true });
    return stats.isDirectory() ? identityOf(stats) : undefined;
  } catch (error) {
    if (isGone(error) || isRefusal(error)) return undefined;
    throw error;
  }
}

async function listDirectories(directory: string): Promise<Set<string>> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    // Chokidar takes `\` for `/` everywhere; changes in such a directory are found by the next sweep.
    const inner = entries.filter((entry) => entry.isDirectory() && !entry.name.includes("\\"));
    return new Set(inner.map((entry) => entry.name));
  } catch (error) {
    if (isGone(error) || isRefusal(error)) return new Set();
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "");
}

/** Whether it must not be read. */
function isRefusal(error: unknown): boolean {
  return ["EACCES", "EPERM"].includes(systemErrorCode(error) ?? "");
}

function directoryOf(error: Error): string {
  return "path" in error && typeof error.path === "string" ? error.path : "";
}
