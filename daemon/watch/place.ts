import path from "node:path";
import type { RawWatch } from "./raw-watch.ts";

/** A directory that is watched, or is about to be. */
export interface Place {
  readonly path: string;
  readonly outer: Place | undefined;
  /** The places directly below, by name. */
  readonly inner: Map<string, Place>;
  /** The identity of the directory that was here when the watch was made. */
  identity: string | undefined;
  watch: RawWatch | undefined;
  isForgotten: boolean;
}

export function createPlace(directory: string, outer: Place | undefined): Place {
  const inner = new Map<string, Place>();
  const place = { path: directory, outer, inner, identity: undefined, watch: undefined };
  const created: Place = { ...place, isForgotten: false };
  outer?.inner.set(path.basename(directory), created);
  return created;
}

/** The place and all places below it. */
export function* placesBelow(place: Place): Generator<Place> {
  yield place;
  for (const inner of place.inner.values()) yield* placesBelow(inner);
}
