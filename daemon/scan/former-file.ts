import { type FileStats, statsAt } from "./fingerprint.ts";
import type { KnownFile, KnownFiles, KnownTrace } from "./known-files.ts";
import { sharesHalf } from "./sketch.ts";

/** A file whose content was read now. */
interface ReadFile {
  path: string;
  stats: FileStats;
  hash: string;
  sketch: Uint8Array;
}

/**
 * Finds the file that this one was before it was renamed, and perhaps edited: it has the same inode, born at the
 * same time, it is no longer at its path, and the texts share half their lines. A file whose path is known is
 * another one only if its text has nothing in common with what was read there before. In doubt undefined.
 *
 * @param at what is known of the file at its path
 */
export function findFormer(
  known: KnownFiles,
  agentId: string,
  file: ReadFile,
  at: KnownFile | undefined,
): string | undefined {
  const { inode, born_ms } = file.stats;
  if (born_ms === undefined) return undefined;
  if (at !== undefined && !isBlank(at) && !isReplaced(known, at, file)) return undefined;
  const former = known
    .ofBirth(agentId, inode, born_ms)
    .filter(({ path }) => path !== file.path)
    .filter(({ hash, sketch }) => hash === file.hash || isSimilar(sketch, file.sketch))
    .filter((trace) => hasLeft(known, agentId, trace));
  const alive = former.filter(({ state }) => state !== "gone");
  const [only, ...others] = alive.length > 0 ? alive : former;
  return others.length === 0 ? only?.file_id : undefined;
}

/** Whether nothing is known of a file but that it is there. */
export function isBlank({ hash, processed_at }: Pick<KnownFile, "hash" | "processed_at">): boolean {
  return hash === null && processed_at === null;
}

/** Whether another file took the place of a known one: another inode with another text. */
function isReplaced(known: KnownFiles, at: KnownFile, file: ReadFile): boolean {
  if (at.inode === file.stats.inode || at.hash === file.hash) return false;
  const sketch = known.sketchOf(at.file_id);
  return sketch !== null && !sharesHalf(sketch, file.sketch);
}

function isSimilar(known: Uint8Array | null, sketch: Uint8Array): boolean {
  return known !== null && sharesHalf(known, sketch);
}

/**
 * Whether a file is no longer at its path: nothing is there, or another known file with another text. A new file
 * that is there is its next version, as many programs save.
 */
function hasLeft(
  known: KnownFiles,
  agentId: string,
  { file_id, path, sketch }: KnownTrace,
): boolean {
  const there = statsAt(path);
  if (there === undefined) return false;
  if (there === null) return true;
  if (there.born_ms === undefined || sketch === null) return false;
  return known
    .ofBirth(agentId, there.inode, there.born_ms)
    .some(
      (other) =>
        other.file_id !== file_id && other.sketch !== null && !sharesHalf(other.sketch, sketch),
    );
}
