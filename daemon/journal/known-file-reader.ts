import path from "node:path";
import Database from "better-sqlite3";
import type { FileRow } from "./files.ts";

/** What shows whether a file has changed, in the order of the columns. */
type Seen = [
  seq: number,
  path: string,
  state: FileRow["state"],
  reason: string | null,
  size: number | null,
  mtime_ms: number | null,
  ctime_ms: number | null,
  inode: number | null,
  read_at_ms: number | null,
];
type Rest = Pick<FileRow, "file_id" | "hash" | "processed_at">;

type Trace = Pick<FileRow, "file_id" | "path" | "state" | "hash"> & { sketch: Uint8Array | null };

/** A known file. The properties that only a changed file needs are read on first use. */
class KnownFile {
  readonly path: string;
  readonly state: FileRow["state"];
  readonly reason: string | null;
  readonly size: number | null;
  readonly mtime_ms: number | null;
  readonly ctime_ms: number | null;
  readonly inode: number | null;
  readonly read_at_ms: number | null;
  private readonly seq: number;
  private readonly readRest: (seq: number) => Rest;
  private rest: Rest | undefined;

  constructor(seen: Seen, readRest: (seq: number) => Rest) {
    this.seq = seen[0];
    this.path = seen[1];
    this.state = seen[2];
    this.reason = seen[3];
    this.size = seen[4];
    this.mtime_ms = seen[5];
    this.ctime_ms = seen[6];
    this.inode = seen[7];
    this.read_at_ms = seen[8];
    this.readRest = readRest;
  }

  get file_id(): string {
    return this.load().file_id;
  }

  get hash(): string | null {
    return this.load().hash;
  }

  get processed_at(): string | null {
    return this.load().processed_at;
  }

  private load(): Rest {
    this.rest ??= this.readRest(this.seq);
    return this.rest;
  }
}

/** Reads what is known of files through its own handle. */
export interface OpenKnownFiles extends Disposable {
  /** Every known file directly in a directory, including files that are gone. */
  inDirectory(agentId: string, directory: string): KnownFile[];
  /** The root and the directories below it, as far as they directly hold a known file that is not gone. */
  directories(agentId: string, root: string): string[];
  /** The files that had this inode, born at this time, gone ones too. */
  ofBirth(agentId: string, inode: number, bornMs: number): Trace[];
  /** The sketch of a file's lines; null: unknown. */
  sketchOf(fileId: string): Uint8Array | null;
}

/** Loads the native code of SQLite, which happens with the first database that a thread opens. */
export function loadSqlite(): void {
  new Database(":memory:").close();
}

/**
 * Opens the journal to read what is known of files. It works in any thread, also while another one writes;
 * each answer has what was committed at the time of the call.
 */
export function openKnownFiles(databasePath: string): OpenKnownFiles {
  const database = new Database(databasePath, { readonly: true, fileMustExist: true });
  // 1 MiB: a scan reads each page once, in the order of the index, so a larger cache is useless.
  database.pragma("cache_size = -1024");
  const inDirectory = database
    .prepare<[string, string], Seen>(
      `SELECT seq, path, state, reason, size, mtime_ms, ctime_ms, inode,
         CASE WHEN hash IS NOT NULL THEN read_at_ms END
       FROM files WHERE agent_id = ? AND parent = ?`,
    )
    .raw();
  const rest = database.prepare<[number], Rest>(
    "SELECT file_id, hash, processed_at FROM files WHERE seq = ?",
  );
  // A file that was merged into another one since then is unknown; what is reported about it has no effect.
  const readRest = (seq: number): Rest =>
    rest.get(seq) ?? { file_id: "", hash: null, processed_at: null };
  // Steps through files_by_parent from one directory to the next: a seek for each, not a row for each file.
  const directories = database
    .prepare<{ agent: string; root: string; from: string; until: string }, string>(
      `WITH RECURSIVE step (parent) AS (
         SELECT :root
         UNION ALL
         SELECT (SELECT min(parent) FROM files
                 WHERE agent_id = :agent AND parent > max(step.parent, :from) AND parent < :until)
         FROM step WHERE step.parent IS NOT NULL
       )
       SELECT parent FROM step
       WHERE EXISTS (SELECT 1 FROM files
                     WHERE agent_id = :agent AND parent = step.parent AND state <> 'gone')`,
    )
    .pluck();
  let traces: ReturnType<typeof prepareTraces> | undefined;
  return {
    inDirectory: (agentId, directory) =>
      inDirectory.all(agentId, directory).map((seen) => new KnownFile(seen, readRest)),
    directories(agentId, root) {
      // All paths below the root sort between "root/" and "root" with the character after "/".
      const from = root.endsWith(path.sep) ? root : root + path.sep;
      const until = from.slice(0, -1) + String.fromCharCode(path.sep.charCodeAt(0) + 1);
      return directories.all({ agent: agentId, root, from, until });
    },
    ofBirth(agentId, inode, bornMs) {
      traces ??= prepareTraces(database);
      return traces.ofBirth.all(inode, bornMs, agentId);
    },
    sketchOf(fileId) {
      traces ??= prepareTraces(database);
      return traces.sketchOf.get(fileId) ?? null;
    },
    [Symbol.dispose]: () => database.close(),
  };
}

/** Prepared on first use: only a scan that reads a file needs it, and a journal before its upgrade has no traces. */
function prepareTraces(database: Database.Database) {
  return {
    ofBirth: database.prepare<[number, number, string], Trace>(
      `SELECT file_id, path, state, hash, sketch FROM traces JOIN files USING (file_id)
       WHERE traces.inode = ? AND born_ms = ? AND agent_id = ?`,
    ),
    sketchOf: database
      .prepare<[string], Uint8Array | null>("SELECT sketch FROM traces WHERE file_id = ?")
      .pluck(),
  };
}
