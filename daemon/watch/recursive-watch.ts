import { realpathSync } from "node:fs";
import path from "node:path";
import { relativePath } from "../scan/boundary.ts";
import { openRawWatch } from "./raw-watch.ts";
import type { TreeWatch, TreeWatchOptions } from "./tree-watch.ts";
import { lookAt } from "../scan/walk.ts";

/**
 * Watches a directory tree with one recursive watch of the system. Windows needs this: it lets no one
 * rename a directory while a directory inside has its own watch.
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
      // For a directory that was moved here, the system gives no event for its files.
      const isDirectory = isRename && lookAt(changed) === "directory";
      if (isDirectory && isEntered(changed)) onChange(null);
      else if (!isSpelledSo(path.dirname(path.join(realRoot, name)))) onChange(null);
      else if (!boundary.holdsOwn(directory)) onChange(directory);
    },
    onError: onFailure,
  });

  return { ready: watch.ready, catchUp: () => Promise.resolve(), close: () => watch.close() };
}

/** Whether this is the spelling that a walk would use. The system may accept several. */
function isSpelledSo(real: string): boolean {
  try {
    return realpathSync.native(real) === real;
  } catch {
    return true;
  }
}
