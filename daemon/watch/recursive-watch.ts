import { realpathSync } from "node:fs";
import path from "node:path";
import { relativePath } from "../scan/boundary.ts";
import { openRawWatch } from "./raw-watch.ts";
import type { TreeWatch, TreeWatchOptions } from "./tree-watch.ts";
import { lookAt } from "../scan/walk.ts";

/**
 * Watches a directory tree with one watch that the system keeps for all of it: where it can, and must,
 * since Windows lets nobody rename a directory while one in it is watched by itself.
 */
export function watchRecursively(options: Omit<TreeWatchOptions, "clock">): TreeWatch {
  const { boundary, realRoot, onChange, onFailure } = options;
  const { root } = boundary;

  function isEntered(directory: string): boolean {
    let step = root;
    const names = relativePath(root, directory).split("/").filter(Boolean);
    return names.every((name) => {
      step = path.join(step, name);
      return boundary.stops(step) === undefined;
    });
  }

  const watch = openRawWatch([realRoot], {
    recursive: true,
    onChange(_directory, name, isRename) {
      if (name === null || name === "") {
        onChange(null);
        return;
      }
      const changed = path.join(root, name);
      const directory = path.dirname(changed);
      if (!isEntered(directory)) return;
      // One that was moved here is the only one of its files to be reported.
      const isDirectory = isRename && lookAt(changed) === "directory";
      if (isDirectory && isEntered(changed)) onChange(null);
      else if (!isSpelledSo(path.dirname(path.join(realRoot, name)))) onChange(null);
      else if (!boundary.holdsOwn(directory)) onChange(directory);
    },
    onError: onFailure,
  });

  return { ready: watch.ready, catchUp: () => Promise.resolve(), close: () => watch.close() };
}

/** Whether a walk would name a directory the same, where the system knows several spellings of it. */
function isSpelledSo(real: string): boolean {
  try {
    return realpathSync.native(real) === real;
  } catch {
    return true;
  }
}
