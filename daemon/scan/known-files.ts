import type { FileState } from "../protocol/file.ts";

/** What the journal knows of a file; null where it never learned it. */
export interface KnownFile {
  file_id: string;
  path: string;
  state: FileState;
  reason: string | null;
  size: number | null;
  mtime_ms: number | null;
  ctime_ms: number | null;
  inode: number | null;
  /** When its hash was taken; null where it has none. */
  read_at_ms: number | null;
  hash: string | null;
  processed_at: string | null;
}

/** What a scan asks of the journal. Directories are absolute. */
export interface KnownFiles {
  /** Every file known directly in a directory, those that are gone too. */
  inDirectory(agentId: string, directory: string): KnownFile[];
  /** The root, and all directories below it, that directly hold a known file that is not gone. */
  directories(agentId: string, root: string): string[];
}
