// Puts files into a directory that is the user's. What an export wrote is noted there by its hash, so that it
// writes only what changed, and never touches what somebody else wrote or edited since. A crash leaves files
// that the next export knows as its own.
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import path from "node:path";
import { writeFileAtomic } from "../../core/atomic-file.ts";
import { RunnerError, systemErrorCode } from "../../core/errors.ts";
import {
  type Export,
  EXPORT_MANIFEST,
  type ExportFormat,
  type ExportManifest,
  exportManifest,
} from "../../protocol/export.ts";

type Kept = Export["kept"][number];

/**
 * Makes the files of a format in a directory be these.
 *
 * @param files texts by their paths below the directory, with `/`
 * @throws invalid_request where the directory cannot be used
 */
export function writeExport(
  directory: string,
  format: ExportFormat,
  files: ReadonlyMap<string, string>,
): Export {
  const root = openDirectory(directory);
  const manifest = readManifest(root);
  const before = manifest.files[format] ?? {};
  const after = [...files].map(([name, text]): [string, string[]] => [name, [hashOf(text)]]);
  const save = (of: Readonly<Record<string, string[]>>): void => {
    const next = { ...manifest, files: { ...manifest.files, [format]: sorted(of) } };
    const text = `${JSON.stringify(next, null, 1)}\n`;
    const isSame = text === readText(path.join(root, EXPORT_MANIFEST));
    if (!isSame) writeFileAtomic(path.join(root, EXPORT_MANIFEST), text, 0o644);
  };

  const written: string[] = [];
  const removed: string[] = [];
  const kept: Kept[] = [];
  let unchanged = 0;
  const toWrite: string[] = [];
  for (const [name, text] of files) {
    const state = stateOf(root, name, before[name], text);
    if (state === "same") unchanged += 1;
    else if (state === "absent" || state === "ours") toWrite.push(name);
    else kept.push({ path: name, reason: state });
  }
  const stale = Object.keys(before).filter((name) => !files.has(name));
  const toRemove = stale.filter((name) => stateOf(root, name, before[name]) === "ours");
  kept.push(
    ...stale
      .filter((name) => ["edited", "link"].includes(stateOf(root, name, before[name])))
      .map((name): Kept => ({ path: name, reason: "edited" })),
  );

  // In this order, so that whatever a crash leaves is known: what is there and what is to come; then the files,
  // the old ones first, since on some systems "A.md" and "a.md" are the same; then what is there now.
  const isChanged = toWrite.length > 0 || toRemove.length > 0;
  const ours = after.filter(([name]) => !kept.some((one) => one.path === name));
  if (isChanged) {
    const both = ours.map(([name, hashes]): [string, string[]] => [
      name,
      [...new Set([...(before[name] ?? []), ...hashes])],
    ]);
    save({ ...before, ...Object.fromEntries(both) });
  }
  for (const name of toRemove) {
    rmSync(path.join(root, name));
    removed.push(name);
  }
  for (const name of toWrite) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileAtomic(path.join(root, name), files.get(name) ?? "", 0o644);
    written.push(name);
  }
  // What was edited stays known by what was written, so that taking the edit back gives it back.
  const edited = kept.flatMap(({ path: name }): [string, string[]][] => {
    const hashes = files.has(name) ? before[name] : undefined;
    return hashes === undefined ? [] : [[name, hashes]];
  });
  save({ ...Object.fromEntries(ours), ...Object.fromEntries(edited) });
  return { format, directory: root, written, unchanged, removed, kept };
}

function openDirectory(directory: string): string {
  try {
    mkdirSync(directory, { recursive: true });
    return realpathSync(directory);
  } catch (error) {
    const why = systemErrorCode(error) ?? String(error);
    throw new RunnerError("invalid_request", `${directory} cannot be written to (${why})`, {
      hint: "Name a directory of yours, or one that can be made.",
      cause: error,
    });
  }
}

function readManifest(root: string): ExportManifest {
  const file = path.join(root, EXPORT_MANIFEST);
  const text = readText(file);
  if (text === undefined) return { version: 1, files: {} };
  try {
    return exportManifest.parse(JSON.parse(text));
  } catch (error) {
    throw new RunnerError("invalid_request", `${file} is not what an export writes`, {
      hint: "Move it away; files that are as an export would write them are taken for its own again.",
      cause: error,
    });
  }
}

type State = "absent" | "same" | "ours" | Kept["reason"];

/** What stands at a path, compared with what was written there and what shall be. */
function stateOf(
  root: string,
  name: string,
  hashes: readonly string[] = [],
  wanted?: string,
): State {
  const file = path.join(root, name);
  if (leadsAway(root, name)) return "link";
  const text = readText(file);
  if (text === undefined) return "absent";
  if (text === wanted) return "same";
  if (hashes.includes(hashOf(text))) return "ours";
  return hashes.length > 0 ? "edited" : "not_ours";
}

/** Whether a link on the way would make the file stand elsewhere, or a directory stands in its place. */
function leadsAway(root: string, name: string): boolean {
  const parts = name.split("/");
  return parts.some((_part, index) => {
    const stats = lstatSync(path.join(root, ...parts.slice(0, index + 1)), {
      throwIfNoEntry: false,
    });
    if (stats === undefined) return false;
    return index === parts.length - 1 ? !stats.isFile() : !stats.isDirectory();
  });
}

/** The text of a file; undefined where there is none. */
function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function sorted(of: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
