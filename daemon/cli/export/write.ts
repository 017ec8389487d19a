// Writes an export into a directory of the user. A manifest there has the hashes of what an export wrote, so that the
// next one writes only what changed, and never touches a file that somebody else wrote or edited. A crash leaves
// files that the next export recognises as its own.
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import path from "node:path";
import { removeLeftovers, writeFileAtomic } from "../../core/atomic-file.ts";
import { RunnerError, systemErrorCode } from "../../core/errors.ts";
import { type HeldDirectory, holdDirectory } from "../../core/real-place.ts";
import {
  type Export,
  EXPORT_MANIFEST,
  type ExportFormat,
  type ExportManifest,
  exportManifest,
} from "../../protocol/export.ts";

type Kept = Export["kept"][number];

/**
 * Makes the files of a format in a directory equal to these.
 *
 * @param files texts by path below the directory, with `/`
 * @throws invalid_request if the directory cannot be used
 */
export function writeExport(
  directory: string,
  format: ExportFormat,
  files: ReadonlyMap<string, string>,
): Export {
  const root = openDirectory(directory);
  const manifest = readManifest(root);
  const before = manifest.files[format] ?? {};
  const { toWrite, toRemove, unchanged, kept } = planExport(root, files, before);
  const isKept = (name: string): boolean => kept.some((one) => one.path === name);
  const ours = Object.fromEntries(
    [...files].flatMap(([name, text]) => (isKept(name) ? [] : [[name, [hashOf(text)]]])),
  ) as Hashes;
  const save = (hashes: Hashes): void =>
    saveManifest(root, { ...manifest, files: { ...manifest.files, [format]: sorted(hashes) } });

  // In this order, so that after a crash every file is known. First note old and new hashes; then change the files,
  // removing before writing, because on some systems "A.md" and "a.md" are the same; then note what exists now.
  if (toWrite.length > 0 || toRemove.length > 0) save(joinHashes(before, ours));
  for (const name of toRemove) {
    using held = holdParent(root, name);
    rmSync(path.join(held.path, path.basename(name)), { force: true });
  }
  for (const directory of new Set(toWrite.map((name) => path.dirname(name)))) {
    mkdirSync(path.join(root, directory), { recursive: true });
    using held = holdParent(root, path.join(directory, "*"));
    removeLeftovers(held.path);
  }
  for (const name of toWrite) {
    using held = holdParent(root, name);
    writeFileAtomic(path.join(held.path, path.basename(name)), files.get(name) ?? "", 0o600);
  }
  // An edited file keeps its old hash, so that undoing the edit makes the file ours again.
  const edited = Object.entries(before).filter(([name]) => files.has(name) && isKept(name));
  save({ ...ours, ...Object.fromEntries(edited) });
  return { format, directory: root, written: toWrite, unchanged, removed: toRemove, kept };
}

/** SHA-256 hashes of what an export wrote, by path. */
type Hashes = Readonly<Record<string, string[]>>;

interface ExportPlan {
  toWrite: string[];
  toRemove: string[];
  unchanged: number;
  kept: Kept[];
}

/** Compares the directory with the wanted files. Writes nothing. */
function planExport(root: string, files: ReadonlyMap<string, string>, before: Hashes): ExportPlan {
  const plan: ExportPlan = { toWrite: [], toRemove: [], unchanged: 0, kept: [] };
  for (const [name, text] of files) {
    const state = stateOf(root, name, before[name], text);
    if (state === "same") plan.unchanged += 1;
    else if (state === "absent" || state === "ours") plan.toWrite.push(name);
    else plan.kept.push({ path: name, reason: state });
  }
  for (const name of Object.keys(before).filter((one) => !files.has(one))) {
    const state = stateOf(root, name, before[name]);
    if (state === "ours") plan.toRemove.push(name);
    else if (state === "edited" || state === "link") {
      plan.kept.push({ path: name, reason: "edited" });
    }
  }
  return plan;
}

/** Old and new hashes together, for the files in `after`; the old ones alone for all others. */
function joinHashes(before: Hashes, after: Hashes): Hashes {
  const both = Object.entries(after).map(([name, hashes]): [string, string[]] => [
    name,
    [...new Set([...(before[name] ?? []), ...hashes])],
  ]);
  return { ...before, ...Object.fromEntries(both) };
}

/** Others may write to the directory of an export, and swap a directory in it for a link. */
function holdParent(root: string, name: string): HeldDirectory {
  const directory = path.dirname(path.join(root, name));
  try {
    return holdDirectory(directory, root);
  } catch (error) {
    const why = systemErrorCode(error) ?? String(error);
    throw new RunnerError("invalid_request", `${directory} cannot be written to (${why}).`, {
      hint: "Choose a directory that only you may write to.",
      cause: error,
    });
  }
}

function saveManifest(root: string, manifest: ExportManifest): void {
  const file = path.join(root, EXPORT_MANIFEST);
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  if (text !== readText(file)) writeFileAtomic(file, text, 0o600);
}

function openDirectory(directory: string): string {
  try {
    mkdirSync(directory, { recursive: true });
    return realpathSync(directory);
  } catch (error) {
    const why = systemErrorCode(error) ?? String(error);
    throw new RunnerError(
      "invalid_request",
      `The directory ${directory} cannot be written to (${why}).`,
      {
        hint: "Choose a directory that you may write to or create.",
        cause: error,
      },
    );
  }
}

function readManifest(root: string): ExportManifest {
  const file = path.join(root, EXPORT_MANIFEST);
  const text = readText(file);
  if (text === undefined) return { version: 1, files: {} };
  try {
    return exportManifest.parse(JSON.parse(text));
  } catch (error) {
    throw new RunnerError("invalid_request", `${file} is not a manifest that an export wrote.`, {
      hint: "Move it away; unchanged files of the export are then recognised again.",
      cause: error,
    });
  }
}

type State = "absent" | "same" | "ours" | Kept["reason"];

/** Compares the file at a path with what an export wrote there and what this one wants there. */
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

/** Whether a part of the path is a link, or not a directory or file as expected. */
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

/** The text of a file; undefined if it does not exist. */
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

function sorted(hashes: Hashes): Record<string, string[]> {
  return Object.fromEntries(Object.entries(hashes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
