import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import type { DirectoryCoverage } from "../../daemon/protocol/verify.ts";
import { openKnownFiles } from "../../daemon/journal/known-file-reader.ts";
import { compareAgent } from "../../daemon/scan/compare.ts";
import type { ScanTime } from "../../daemon/scan/compare-file.ts";
import { countCoverage } from "../../daemon/scan/coverage.ts";
import type { KnownFiles } from "../../daemon/scan/known-files.ts";
import type {
  ScanBatch,
  ScanDirectory,
  ScanPart,
  ScanRequest,
  ScanSummary,
} from "../../daemon/scan/scan-messages.ts";
import { up } from "../../migrations/0001-journal.ts";
import { up as upTraces } from "../../migrations/0009-traces.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";

/** All parts of one scan put together. */
export type ScanResult = Omit<ScanBatch, "kind"> & Omit<ScanSummary, "kind">;

export interface KnownRow {
  path: string;
  state: string;
  reason: string | null;
  hash: string | null;
}

/** What a test may put between a scan and the world. */
export interface ScanHooks {
  time?: Partial<ScanTime>;
  /** Called when the rows of a directory are asked for, right after it was listed. */
  onRead?: (directory: string) => void;
}

/** A folder that one agent watches, with a journal that learns what its scans find. */
export interface WatchedFolder extends Disposable {
  folder: TestFolder;
  database: Database.Database;
  request(changes?: Partial<ScanRequest>): ScanRequest;
  /** A watched directory; without a name the folder itself. */
  directory(name?: string, changes?: Partial<ScanDirectory>): ScanDirectory;
  /** Scans in this thread. */
  scan(changes?: Partial<ScanRequest>, hooks?: ScanHooks): ScanResult;
  coverage(changes?: Partial<ScanRequest>): DirectoryCoverage[];
  /**
   * Writes what a scan found: observed files are done, as if their jobs were.
   * @param laterMs how much later than they were read the files count as read
   */
  learn(result: ScanResult, laterMs?: number): void;
  /** Scans and learns, so that files count as read long after they changed. */
  settle(changes?: Partial<ScanRequest>): ScanResult;
  setState(name: string, state: string, reason?: string | null): void;
  rows(): KnownRow[];
}

export async function watchedFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<WatchedFolder> {
  const folder = testFolder(files);
  const home = testFolder();
  const file = home.file("agent-runner.db");
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  // Nothing here outlives the test.
  database.pragma("synchronous = OFF");
  const kysely = new Kysely<never>({ dialect: new SqliteDialect({ database }) });
  await up(kysely);
  await upTraces(kysely);
  database
    .prepare("INSERT INTO agents VALUES ('notes', '{}', 'recipe', 0, '2026-01-01', '2026-01-01')")
    .run();

  const watched: WatchedFolder = {
    folder,
    database,
    directory: (name = "", changes = {}) => ({
      path: name === "" ? folder.path : folder.file(name),
      max_depth: 5,
      include: [],
      exclude: [],
      identity: null,
      mounts: [],
      ...changes,
    }),
    request: (changes = {}) => ({
      agent: {
        id: "notes",
        extensions: [],
        modified_after: null,
        max_file_bytes: 1_000_000,
        conflict_copies: "skip",
      },
      directories: [watched.directory()],
      places: { database: file, own: [home.path], inbox: home.file("inbox") },
      unreadable_endings: [".jpg"],
      paths: null,
      shallow: false,
      force: false,
      settle_ms: 0,
      resettle_ms: 0,
      ...changes,
    }),
    scan(changes, { time, onRead } = {}) {
      using known = openKnownFiles(file);
      const parts: ScanPart[] = [];
      const asleep = new Int32Array(new SharedArrayBuffer(4));
      const hooked: KnownFiles = {
        ofBirth: (agentId, inode, bornMs) => known.ofBirth(agentId, inode, bornMs),
        sketchOf: (fileId) => known.sketchOf(fileId),
        directories: (agentId, root) => known.directories(agentId, root),
        inDirectory(agentId, directory) {
          const rows = known.inDirectory(agentId, directory);
          onRead?.(directory);
          return rows;
        },
      };
      compareAgent(
        watched.request(changes),
        hooked,
        { now: Date.now, sleep: (ms) => void Atomics.wait(asleep, 0, 0, ms), ...time },
        (part) => parts.push(part),
      );
      return putTogether(parts);
    },
    coverage(changes) {
      using known = openKnownFiles(file);
      return countCoverage(watched.request(changes), known);
    },
    learn: (result, laterMs = 0) => learn(database, result, laterMs),
    settle(changes) {
      const result = watched.scan(changes);
      watched.learn(result, 60_000);
      return result;
    },
    setState(name, state, reason = null) {
      database
        .prepare("UPDATE files SET state = ?, reason = ? WHERE path = ?")
        .run(state, reason, folder.file(name));
    },
    rows: () =>
      database
        .prepare<[], KnownRow>("SELECT path, state, reason, hash FROM files ORDER BY path")
        .all(),
    [Symbol.dispose]() {
      database.close();
      home[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
  return watched;
}

export function putTogether(parts: readonly ScanPart[]): ScanResult {
  const whole: ScanResult = {
    observed: [],
    skipped: [],
    unreadable: [],
    unsettled: [],
    gone: [],
    unchanged: 0,
    still_skipped: 0,
    roots: [],
    problems: [],
    ignored: [],
  };
  for (const part of parts) {
    if (part.kind === "summary") {
      Object.assign(whole, { roots: part.roots, problems: part.problems, ignored: part.ignored });
      continue;
    }
    whole.observed.push(...part.observed);
    whole.skipped.push(...part.skipped);
    whole.unreadable.push(...part.unreadable);
    whole.unsettled.push(...part.unsettled);
    whole.gone.push(...part.gone);
    whole.unchanged += part.unchanged;
    whole.still_skipped += part.still_skipped;
  }
  return whole;
}

function learn(database: Database.Database, result: ScanResult, laterMs: number): void {
  const save = database.prepare(
    `INSERT INTO files (file_id, agent_id, path, parent, root, state, reason,
       size, mtime_ms, ctime_ms, inode, read_at_ms, hash, processed_at)
     VALUES (:file_id, 'notes', :path, :parent, :root, :state, :reason,
       :size, :mtime_ms, :ctime_ms, :inode, :read_at_ms, :hash, :processed_at)
     ON CONFLICT (agent_id, path) DO UPDATE SET state = excluded.state, reason = excluded.reason,
       size = excluded.size, mtime_ms = excluded.mtime_ms, ctime_ms = excluded.ctime_ms,
       inode = excluded.inode, read_at_ms = excluded.read_at_ms, hash = excluded.hash,
       processed_at = coalesce(excluded.processed_at, processed_at)`,
  );
  const trace = database.prepare("INSERT OR REPLACE INTO traces VALUES (?, ?, ?, ?)");
  const noStats = { size: null, mtime_ms: null, ctime_ms: null, inode: null };
  const unread = { reason: null, hash: null, read_at_ms: null, processed_at: null };
  const row = (file: { path: string; parent: string; root: string }) => ({
    file_id: `file_${file.path}`,
    path: file.path,
    parent: file.parent,
    root: file.root,
  });
  database.transaction(() => {
    for (const { stats, hash, read_at_ms, sketch, ...file } of result.observed) {
      const read = { hash, read_at_ms: read_at_ms + laterMs, processed_at: "2026-01-01" };
      save.run({ ...row(file), ...unread, ...stats, ...read, state: "done" });
      if (stats.born_ms === undefined || sketch === undefined) continue;
      trace.run(row(file).file_id, stats.inode, stats.born_ms, sketch);
    }
    for (const { stats, reason, ...file } of result.skipped) {
      save.run({ ...row(file), ...unread, ...(stats ?? noStats), state: "skipped", reason });
    }
    for (const { stats, ...file } of result.unreadable) {
      save.run({ ...row(file), ...unread, ...(stats ?? noStats), state: "failed" });
    }
    for (const { stats, reason, ...file } of result.unsettled) {
      save.run({ ...row(file), ...unread, ...(stats ?? noStats), state: "pending", reason });
    }
    for (const id of result.gone) {
      database.prepare("UPDATE files SET state = 'gone', reason = NULL WHERE file_id = ?").run(id);
    }
  })();
}
