import { realpathSync } from "node:fs";
import path from "node:path";
import type { Paths } from "../core/paths.ts";
import type { Directory } from "../protocol/agent.ts";
import { type IgnoreReason, ignoredName } from "./ignore.ts";

/** Why a walk does not enter a directory. */
export type BoundaryReason = IgnoreReason | "own" | "nested" | "max_depth";

/** The reach of a watched directory. All paths are absolute, as a walk names them. */
export interface Boundary {
  readonly root: string;
  /** Watched directories of the same agent inside this one. Their files belong to them alone. */
  readonly nested: readonly string[];
  /** Why a walk does not enter this directory, without regard to the directories above it. */
  stops(directory: string): BoundaryReason | undefined;
  /** Whether the files directly in this directory are the product's own, and so no documents. */
  holdsOwn(directory: string): boolean;
}

/** Whether `inner` is `outer` or below it. */
export function isWithin(outer: string, inner: string): boolean {
  if (!inner.startsWith(outer)) return false;
  return (
    inner.length === outer.length || outer.endsWith(path.sep) || inner[outer.length] === path.sep
  );
}

/** The path below a root, with `/`; empty for the root itself. */
export function relativePath(root: string, inner: string): string {
  const below = inner.slice(root.endsWith(path.sep) ? root.length : root.length + 1);
  return path.sep === "/" ? below : below.replaceAll(path.sep, "/");
}

/**
 * The reach of one of an agent's directories.
 *
 * @param roots all directories of the agent
 * @param places the directories of the product. Only those below the root are left out, so that the user may
 *   have a root inside one
 */
export function createBoundary(
  directory: Pick<Directory, "path" | "max_depth">,
  roots: readonly string[],
  places: Pick<Paths, "own" | "inbox">,
): Boundary {
  const root = directory.path;
  const nested = roots.filter((other) => other !== root && isWithin(root, other));
  // No symbolic link is followed below the root, so resolving the root resolves every path below it.
  const realRoot = realPath(root);
  const toReal = (inner: string): string => path.join(realRoot, inner.slice(root.length));
  const inbox = realPath(places.inbox);
  const own = places.own
    .map(realPath)
    .filter((place) => place === realRoot || !isWithin(place, realRoot));
  const isOwn = (real: string): boolean =>
    own.some((place) => isWithin(place, real)) && !isWithin(inbox, real);

  return {
    root,
    nested,
    stops(inner) {
      if (nested.includes(inner)) return "nested";
      const real = toReal(inner);
      // Keep the way to the inbox open.
      if (isOwn(real) && !isWithin(real, inbox)) return "own";
      const reason = ignoredName(path.basename(inner), true);
      if (reason !== undefined) return reason;
      const depth = relativePath(root, inner).split("/").length;
      return depth > directory.max_depth ? "max_depth" : undefined;
    },
    holdsOwn: (inner) => isOwn(toReal(inner)),
  };
}

/** The path with symbolic links resolved, as far as it exists. */
function realPath(place: string): string {
  try {
    return realpathSync.native(place);
  } catch {
    const parent = path.dirname(place);
    return parent === place ? place : path.join(realPath(parent), path.basename(place));
  }
}
