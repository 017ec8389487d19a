import path from "node:path";
import { isAbort } from "../core/errors.ts";
import { identify, isRefusal, listDirectories } from "./look-directory.ts";
import { createPlace, type Place, placesBelow } from "./place.ts";
import { openPlainWatch } from "./plain-watch.ts";
import { openRawWatch, type RawWatchOptions } from "./raw-watch.ts";
import type { TreeWatch, TreeWatchOptions } from "./tree-watch.ts";

interface WatchedTree {
  readonly options: TreeWatchOptions;
  /** Whether walked and real paths are the same. */
  readonly isReal: boolean;
  readonly signal: AbortSignal;
  readonly root: Place;
  /** Places to list again. */
  readonly unlisted: Set<Place>;
  /** How many places have a watch. */
  watched: number;
  /** Whether the first walk is over, so that new directories are reported. */
  isOpen: boolean;
  pauseMs: number;
  /** Resolves when the work so far is done. */
  turn: Promise<void>;
}

// How many directories share a watcher, and are read at the same time. With one watcher each, chokidar
// needs twice the memory.
const BATCH_SIZE = 16;
// Chokidar needs 5 KB for each directory, so larger trees watch the rest without it.
const CHOKIDAR_DIRECTORIES = 1_000;
// How long changes of names gather before their directories are listed again.
const PAUSE_MS = 20;
// Listing a busy directory takes at most a fifth of the time.
const PAUSE_PER_LISTING = 4;

/**
 * Watches a directory tree with one watch for each directory.
 *
 * Lists a directory again instead of believing an event about a new or deleted name. Reports every new
 * directory once its watch works, since files may have been put in before.
 */
export function watchDirectories(options: TreeWatchOptions): TreeWatch {
  const closing = new AbortController();
  const tree: WatchedTree = {
    options,
    isReal: options.realRoot === options.boundary.root,
    signal: closing.signal,
    root: createPlace(options.boundary.root, undefined),
    unlisted: new Set(),
    watched: 0,
    isOpen: false,
    pauseMs: PAUSE_MS,
    turn: Promise.resolve(),
  };
  const ready = inTurn(tree, async () => {
    await follow(tree, [tree.root], false);
    tree.isOpen = true;
  });
  return {
    ready,
    catchUp: () => inTurn(tree, () => follow(tree, [tree.root], true)),
    async close() {
      closing.abort();
      const watches = new Set([...placesBelow(tree.root)].map((place) => place.watch));
      await Promise.all([...watches].flatMap((watch) => watch?.close() ?? []));
      await tree.turn;
    },
  };
}

/** Does the work after the work before it: two listings of the same directory would watch it twice. */
function inTurn(tree: WatchedTree, work: () => Promise<void>): Promise<void> {
  tree.turn = tree.turn.then(work).catch((thrown: unknown) => {
    if (isAbort(thrown)) return;
    tree.options.onFailure(thrown instanceof Error ? thrown : new Error(String(thrown)));
  });
  return tree.turn;
}

/** Lists the place after a pause, together with the others that change meanwhile. */
function listSoon(tree: WatchedTree, place: Place): void {
  const { unlisted, options, signal } = tree;
  if (unlisted.has(place)) return;
  unlisted.add(place);
  if (unlisted.size > 1) return;
  void inTurn(tree, async () => {
    await options.clock.sleep(tree.pauseMs, signal);
    const places = [...unlisted];
    unlisted.clear();
    const startedAt = performance.now();
    await follow(tree, places, false);
    tree.pauseMs = Math.max(PAUSE_MS, PAUSE_PER_LISTING * (performance.now() - startedAt));
  });
}

/**
 * Lists places and, level by level, the directories below them.
 *
 * @param all all directories below, instead of only the new ones
 */
async function follow(tree: WatchedTree, places: readonly Place[], all: boolean): Promise<void> {
  for (let level = places; level.length > 0;) {
    const below: Place[] = [];
    for (let index = 0; index < level.length; index += BATCH_SIZE) {
      below.push(...(await listBatch(tree, level.slice(index, index + BATCH_SIZE), all)));
    }
    level = below;
  }
}

async function listBatch(
  tree: WatchedTree,
  batch: readonly Place[],
  all: boolean,
): Promise<Place[]> {
  const recognised = await Promise.all(batch.map((place) => recognise(tree, place)));
  const present = recognised.flatMap((place) => place ?? []).filter((place) => !place.isForgotten);
  const unwatched = present.filter((place) => place.watch === undefined);
  if (unwatched.length > 0) await watchBatch(tree, unwatched);
  // In this order, because the watch reports later changes, and the listing finds earlier ones.
  const below = await Promise.all(present.map((place) => listInner(tree, place, all)));
  tree.signal.throwIfAborted();
  if (tree.isOpen) for (const place of unwatched) report(tree, place);
  return below.flat();
}

/** The place, or a new one if another directory took its place; undefined if there is no directory now. */
async function recognise(tree: WatchedTree, place: Place): Promise<Place | undefined> {
  if (place.isForgotten) return undefined;
  const identity = await identify(realPath(tree, place));
  if (place.identity === identity) return place;
  if (place.identity === undefined) {
    place.identity = identity;
    return place;
  }
  // The owner of this tree opens a replaced root again.
  if (place.outer === undefined) return undefined;
  forget(tree, place);
  if (identity === undefined) return undefined;
  const replacement = createPlace(place.path, place.outer);
  replacement.identity = identity;
  return replacement;
}

async function watchBatch(tree: WatchedTree, batch: readonly Place[]): Promise<void> {
  tree.signal.throwIfAborted();
  const places = new Map(batch.map((place) => [realPath(tree, place), place]));
  const handlers = createHandlers(tree, places);
  const { chokidarDirectories = CHOKIDAR_DIRECTORIES } = tree.options;
  const watch =
    tree.watched < chokidarDirectories
      ? openRawWatch([...places.keys()], { recursive: false, ...handlers })
      : openPlainWatch([...places.keys()], handlers);
  tree.watched += batch.length;
  for (const place of batch) place.watch = watch;
  await watch.ready;
}

function createHandlers(
  tree: WatchedTree,
  places: ReadonlyMap<string, Place>,
): Omit<RawWatchOptions, "recursive"> {
  return {
    onChange(directory, name, isRename) {
      const place = places.get(directory);
      if (place === undefined || place.isForgotten) return;
      report(tree, place);
      if (isRename) listSoon(tree, place);
      const inner = name === null ? undefined : place.inner.get(name);
      // A directory that could not be read may be allowed now.
      if (inner !== undefined && inner.watch === undefined) listSoon(tree, inner);
    },
    onError(error) {
      const refused = isRefusal(error) ? places.get(directoryOf(error)) : undefined;
      if (refused === undefined || refused === tree.root) tree.options.onFailure(error);
      // The scan reports that it cannot be read; the directory above reports when that changes.
      else letGo(tree, refused);
    },
  };
}

function directoryOf(error: Error): string {
  return "path" in error && typeof error.path === "string" ? error.path : "";
}

/** Lists the directories in a place, forgets those that are gone, and gives those to list next. */
async function listInner(tree: WatchedTree, place: Place, all: boolean): Promise<Place[]> {
  const names = await listDirectories(realPath(tree, place));
  if (place.isForgotten) return [];
  for (const [name, inner] of place.inner) if (!names.has(name)) forget(tree, inner);
  const below = all ? [...place.inner.values()] : [];
  for (const name of names) {
    const inner = path.join(place.path, name);
    if (place.inner.has(name) || tree.options.boundary.stops(inner) !== undefined) continue;
    below.push(createPlace(inner, place));
  }
  return below;
}

/** Closes the watches of a place and all below it, and takes it out of the tree. */
function forget(tree: WatchedTree, place: Place): void {
  for (const inner of place.inner.values()) forget(tree, inner);
  letGo(tree, place);
  place.isForgotten = true;
  place.outer?.inner.delete(path.basename(place.path));
}

/** Closes the watch of a place. */
function letGo(tree: WatchedTree, place: Place): void {
  if (place.watch === undefined) return;
  place.watch.release(realPath(tree, place));
  place.watch = undefined;
  tree.watched -= 1;
}

/** The path of a place with symbolic links resolved. The same string if it can be: there may be 100,000 places. */
function realPath({ isReal, options }: WatchedTree, place: Place): string {
  if (isReal) return place.path;
  return path.join(options.realRoot, place.path.slice(options.boundary.root.length));
}

function report({ options }: WatchedTree, place: Place): void {
  // The product writes to its own directories, so each look would cause the next.
  if (!options.boundary.holdsOwn(place.path)) options.onChange(place.path);
}
