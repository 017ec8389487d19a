import path from "node:path";
import Database from "better-sqlite3";
import type { FileRow } from "./files.ts";

const COLUMNS = [
  ...(["file_id", "path", "state", "reason", "hash", "read_at_ms", "processed_at"] as const),
  ...(["size", "mtime_ms", "ctime_ms", "inode"] as const),
];

type KnownFile = Pick<FileRow, (typeof COLUMNS)[number]>;

/** What is known of files, read through a handle of its own. */
export interface OpenKnownFiles extends Disposable {
  /** Every file known directly in a directory, those that are gone too. */
  inDirectory(agentId: string, directory: string): KnownFile[];
  /** The root, and all directories below it, that directly hold a known file that is not gone. */
  directories(agentId: string, root: string): string[];
}

/**
 * Opens the journal for reading what is known of files, in any thread, beside the one that writes.
 * Each answer is what was committed when it was asked for.
 */
export function openKnownFiles(databasePath: string): OpenKnownFiles {
  const database = new Database(databasePath, { readonly: true, fileMustExist: true });
  // A scan comes to each page once, and in the order of the index: what it keeps is of no use. 1 MiB.
  database.pragma("cache_size = -1024");
  const inDirectory = database.prepare<[string, string], KnownFile>(
    `SELECT ${COLUMNS.join(", ")} FROM files WHERE agent_id = ? AND parent = ?`,
  );
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
  return {
    inDirectory: (agentId, directory) => inDirectory.all(agentId, directory),
    directories(agentId, root) {
      // All paths below the root stand between "root/" and "root" with the character after "/".
      const from = root.endsWith(path.sep) ? root : root + path.sep;
      const until = from.slice(0, -1) + String.fromCharCode(path.sep.charCodeAt(0) + 1);
      return directories.all({ agent: agentId, root, from, until });
    },
    [Symbol.dispose]: () => database.close(),
  };
}
