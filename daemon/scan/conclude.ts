import path from "node:path";
import type { SkipReason } from "../protocol/file.ts";
import type { Batcher } from "./batcher.ts";
import { type Boundary, isWithin, relativePath } from "./boundary.ts";
import type { KnownFile, KnownFiles } from "./known-files.ts";
import { isAway } from "./mounts.ts";
import { describePlace } from "./report-file.ts";
import { describeLoss, type Identity, isStill } from "./root.ts";
import type { ScannedRoot, ScanRequest } from "./scan-messages.ts";
import { lookAt } from "./walk.ts";

/** The scan of one root, under way. */
export interface RootScan {
  request: ScanRequest;
  known: KnownFiles;
  batcher: Batcher;
  boundary: Boundary;
  /** The identity of the root when the scan began. */
  identity: Identity;
  seen: ScannedRoot;
  /** Directories that could not be read: nothing is concluded about what is below them. */
  unreadable: Set<string>;
  /** Where other file systems are or were mounted. */
  mounts: Set<string>;
}

/** The known files directly in a directory, or those with one of the names. */
export function rowsIn(
  { known, request }: RootScan,
  directory: string,
  only?: ReadonlySet<string>,
): KnownFile[] {
  const rows = known.inDirectory(request.agent.id, directory);
  return only === undefined ? rows : rows.filter((row) => only.has(path.basename(row.path)));
}

/** Reports known files that were not found when their directory was read. */
export function concludeMissing(
  scan: RootScan,
  directory: string,
  rows: Iterable<KnownFile>,
): void {
  const gone: KnownFile[] = [];
  for (const row of rows) {
    if (row.state === "gone") continue;
    const found = lookAt(row.path);
    if (found === "missing" || found === "directory") gone.push(row);
    else if (found === "file" && scan.boundary.holdsOwn(directory))
      skipUnseen(scan, row, "ignored");
  }
  reportGone(scan, gone);
}

/** Reports the known files in directories that the walk did not reach. */
export function concludeUnvisited(scan: RootScan, directories: Iterable<string>): void {
  for (const directory of directories) {
    if (!scan.seen.online) return;
    const fate = explainUnreached(scan, directory);
    if (fate !== undefined) conclude(scan, rowsIn(scan, directory), fate);
  }
}

export function conclude(scan: RootScan, rows: KnownFile[], fate: "gone" | SkipReason): void {
  const rest = rows.filter((row) => row.state !== "gone");
  if (fate === "gone") reportGone(scan, rest);
  else for (const row of rest) skipUnseen(scan, row, fate);
}

/** Why a walk from the root does not reach a directory; undefined: it does, or the reason is unknown. */
export function explainUnreached(
  { boundary, unreadable }: RootScan,
  directory: string,
): "gone" | SkipReason | undefined {
  if (boundary.nested.some((other) => isWithin(other, directory))) return undefined;
  let step = boundary.root;
  for (const name of relativePath(boundary.root, directory).split("/").filter(Boolean)) {
    step = path.join(step, name);
    if (unreadable.has(step)) return undefined;
    const found = lookAt(step);
    if (found === "unknown") return undefined;
    if (found === "missing" || found === "file") return "gone";
    if (found === "symlink") return "symlink";
    const reason = boundary.stops(step);
    if (reason !== undefined) return reason === "max_depth" ? "not_watched" : "ignored";
  }
  return undefined;
}

function reportGone(scan: RootScan, rows: KnownFile[]): void {
  if (rows.length === 0) return;
  const { boundary, identity, seen, batcher } = scan;
  // Files on a drive that was pulled out are not deleted.
  if (!isStill(boundary.root, identity)) {
    Object.assign(seen, { online: false, problem: describeLoss(boundary.root) });
    return;
  }
  for (const row of rows) {
    if (!isAway(scan.mounts, row.path)) batcher.addGone(row.file_id);
  }
}

function skipUnseen({ boundary, batcher }: RootScan, row: KnownFile, reason: SkipReason): void {
  if (row.state === "skipped" && row.reason === reason) {
    batcher.count("still_skipped");
    return;
  }
  const found = { ...describePlace(boundary.root, row.path, row), stats: null, reason };
  batcher.add((batch) => batch.skipped.push(found));
}
