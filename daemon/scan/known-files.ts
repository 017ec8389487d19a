import type { FileState } from "../protocol/file.ts";

/** What the journal knows about a file; null: unknown. */
export interface KnownFile {
  file_id: string;
  path: string;
  state: FileState;
  reason: string | null;
  size: number | null;
  mtime_ms: number | null;
  ctime_ms: number | null;
  inode: number | null;
  /** When its hash was taken; null: it has no hash. */
  read_at_ms: number | null;
  hash: string | null;
  processed_at: string | null;
}

/** A known file by its inode, and what shows that its text is the same or an edited one. */
export interface KnownTrace {
  file_id: string;
  path: string;
  state: FileState;
  hash: string | null;
  /** Of its lines; null: unknown. */
  sketch: Uint8Array | null;
}

/** What a scan reads from the journal. Directories are absolute. */
export interface KnownFiles {
  /** Every known file directly in a directory, gone files too. */
  inDirectory(agentId: string, directory: string): KnownFile[];
  /** The root and the directories below it that directly hold a known file that is not gone. */
  directories(agentId: string, root: string): string[];
  /** The known files that had this inode, born at this time, gone ones too. */
  ofBirth(agentId: string, inode: number, bornMs: number): KnownTrace[];
  /** The sketch of a file's lines; null: unknown. */
  sketchOf(fileId: string): Uint8Array | null;
}
