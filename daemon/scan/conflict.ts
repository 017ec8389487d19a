import { accessSync, constants } from "node:fs";
import path from "node:path";
import { originalOf } from "../core/conflict-copy.ts";
import type { Filter } from "./filter.ts";
import { hashFile } from "./fingerprint.ts";
import { relativePath } from "./boundary.ts";
import { statFile, type WalkedFile } from "./walk.ts";

/** How a file relates to the one beside it of which its name says that it is a conflict copy. */
export type Conflict = "none" | "equal" | "different" | "changing";

/**
 * Compares a conflict copy with its original. "none": its name says nothing of the kind, or the original is not
 * beside it, cannot be read, or is left out by the filter.
 */
export function compareWithOriginal(
  file: WalkedFile,
  { root, filter }: { root: string; filter: Filter },
): Conflict {
  const name = originalOf(file.name);
  if (name === undefined) return "none";
  const beside = path.join(path.dirname(file.path), name);
  const original = statFile(beside, name);
  if (original === undefined || original.kind === "unreadable" || file.stats === null)
    return "none";
  if (filter(original, relativePath(root, beside)) !== undefined || !isReadable(beside))
    return "none";
  if (original.stats.size !== file.stats.size) return "different";
  const [left, right] = [hashFile(file.path, root), hashFile(beside, root)];
  if (left.outcome !== "hashed" || right.outcome !== "hashed") return "changing";
  return left.hash === right.hash ? "equal" : "different";
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
