import { sep } from "node:path";
import { type RawBuilder, sql } from "kysely";
import type { Page } from "../protocol/api.ts";
import type { Document } from "../protocol/document.ts";
import type { EntityType } from "../protocol/entity.ts";
import type { File, FileError, FileOutcome, FileState } from "../protocol/file.ts";
import { isInstant, toInstant } from "../core/clock.ts";
import { type AttemptHistory, listAttempts } from "./attempt-views.ts";
import { fromPathCursor, toPage } from "./cursor.ts";
import type { Journal } from "./open.ts";
import { OUTCOME, parseWarnings, WARNINGS } from "./outcomes.ts";

interface FileViewRow {
  seq: number;
  file_id: string;
  agent_id: string;
  path: string;
  state: FileState;
  reason: string | null;
  next_attempt_at: string | null;
  size: number | null;
  mtime_ms: number | null;
  hash: string | null;
  recipe: string | null;
  attempts: number | null;
  processed_at: string | null;
  error: string | null;
  outcome: FileOutcome | null;
  read: File["read"];
  warnings: string | null;
}

// A model that was given the changes may have asked for the whole. Frames and replies are purged together.
const READ = sql`CASE files.state WHEN 'done' THEN iif(jobs.frame ->> '$.changes' IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM requests WHERE requests.job_id = jobs.job_id
    AND requests.state = 'answered' AND instr(requests.reply, '"name":"read_whole"') > 0),
  'changes', 'whole') END`;

const COLUMNS = sql`files.seq, files.file_id, files.agent_id, files.path, files.state, files.reason,
  files.next_attempt_at, files.size, files.mtime_ms, files.hash, jobs.recipe, jobs.attempts,
  files.processed_at, files.error, ${OUTCOME} AS outcome, ${READ} AS read, ${WARNINGS} AS warnings`;
const FROM = sql`files LEFT JOIN jobs ON jobs.job_id = files.job_id`;

/** Files by path. `path` is one file, or a directory for all below it. */
export function listFiles(
  journal: Journal,
  query: {
    limit: number;
    cursor?: string | undefined;
    agent_id?: string | undefined;
    state?: FileState | undefined;
    path?: string | undefined;
    contains?: string | undefined;
    outcome?: FileOutcome | undefined;
  },
): Page<File> {
  const conditions = [sql`1`];
  if (query.state !== undefined) conditions.push(sql`files.state = ${query.state}`);
  if (query.agent_id !== undefined) {
    // The plus keeps SQLite off the index on agents: the index on states is better, because most states have few files.
    const column = query.state === undefined ? sql`files.agent_id` : sql`+files.agent_id`;
    conditions.push(sql`${column} = ${query.agent_id}`);
  }
  if (query.path !== undefined) {
    conditions.push(isAtOrBelow(query.path));
  }
  if (query.contains !== undefined) {
    conditions.push(sql`instr(lower(files.path), lower(${query.contains})) > 0`);
  }
  if (query.outcome !== undefined) {
    conditions.push(sql`files.state = 'done'`, sql`${OUTCOME} = ${query.outcome}`);
  }
  if (query.cursor !== undefined) {
    const [path, seq] = fromPathCursor(query.cursor);
    conditions.push(sql`(files.path, files.seq) > (${path}, ${seq})`);
  }
  const rows = journal.all(
    sql<FileViewRow>`SELECT ${COLUMNS} FROM ${FROM}
      WHERE ${sql.join(conditions, sql` AND `)}
      ORDER BY files.path, files.seq LIMIT ${query.limit + 1}`,
  );
  const entities = listEntitiesOf(
    journal,
    rows.map((row) => row.file_id),
  );
  return toPage(
    rows,
    query.limit,
    (row) => [row.path, row.seq],
    (row) => toFile(row, entities),
  );
}

/** Whether an agent ever had a file at this path, or below it. */
export function isFileKnown(journal: Journal, agentId: string, path: string): boolean {
  const row = journal.get(
    sql`SELECT 1 FROM files WHERE agent_id = ${agentId} AND ${isAtOrBelow(path)} LIMIT 1`,
  );
  return row !== undefined;
}

/** Paths below a directory as a range, so that the index on path can answer it. */
function isAtOrBelow(path: string): RawBuilder<boolean> {
  const below = path.endsWith(sep) ? path : path + sep;
  const after = below.slice(0, -1) + String.fromCharCode(sep.charCodeAt(0) + 1);
  return sql`(files.path = ${path} OR (files.path >= ${below} AND files.path < ${after}))`;
}

export function findFile(journal: Journal, fileId: string): File | undefined {
  const row = journal.get(
    sql<FileViewRow>`SELECT ${COLUMNS} FROM ${FROM} WHERE files.file_id = ${fileId}`,
  );
  return row && toFile(row, listEntitiesOf(journal, [fileId]));
}

/** The text of a file's job, and every attempt with what is kept of its conversation; undefined: no such file. */
export function findFileHistory(journal: Journal, fileId: string): FileHistory | undefined {
  const file = journal.get(
    sql<{ job_id: string | null; document: string | null }>`
      SELECT files.job_id, documents.document FROM ${FROM}
      LEFT JOIN documents ON documents.hash = jobs.hash AND documents.extractor = jobs.extractor
      WHERE files.file_id = ${fileId}`,
  );
  if (file === undefined) return undefined;
  return {
    text: file.document === null ? null : (JSON.parse(file.document) as Document).text,
    attempts: file.job_id === null ? [] : listAttempts(journal, file.job_id),
  };
}

export interface FileHistory {
  text: string | null;
  attempts: AttemptHistory[];
}

function toFile(row: FileViewRow, entities: Map<string, File["entities"]>): File {
  const { seq: _seq, size, mtime_ms, attempts, error, warnings, ...rest } = row;
  return {
    ...rest,
    // What a file system reports may be no size or instant at all.
    size: size !== null && size >= 0 && Number.isSafeInteger(size) ? size : null,
    mtime: mtime_ms !== null && isInstant(mtime_ms) ? toInstant(mtime_ms) : null,
    attempts: attempts ?? 0,
    reason: rest.reason ?? parseError(error)?.code ?? null,
    error: parseError(error),
    warnings: parseWarnings(warnings),
    entities: entities.get(row.file_id) ?? [],
  };
}

/** The entities of each of these files, tombstones left out. */
function listEntitiesOf(
  journal: Journal,
  fileIds: readonly string[],
): Map<string, File["entities"]> {
  const byFile = new Map<string, File["entities"]>();
  if (fileIds.length === 0) return byFile;
  const rows = journal.all(
    sql<{ file_id: string; type: EntityType; id: string; title: string }>`
      SELECT sources.file_id, sources.entity_type AS type, sources.entity_id AS id,
        coalesce(projects.name, tasks.title, notes.title) AS title
      FROM sources
      LEFT JOIN projects ON projects.id = sources.entity_id AND projects.deleted_at IS NULL
      LEFT JOIN tasks ON tasks.id = sources.entity_id AND tasks.deleted_at IS NULL
      LEFT JOIN notes ON notes.id = sources.entity_id AND notes.deleted_at IS NULL
      WHERE sources.file_id IN (SELECT value FROM json_each(${JSON.stringify(fileIds)}))
        AND coalesce(projects.id, tasks.id, notes.id) IS NOT NULL
      ORDER BY sources.created_at, type, coalesce(projects.seq, tasks.seq, notes.seq)`,
  );
  for (const { file_id, ...entity } of rows) {
    byFile.set(file_id, [...(byFile.get(file_id) ?? []), entity]);
  }
  return byFile;
}

function parseError(text: string | null): FileError | null {
  return text === null ? null : (JSON.parse(text) as FileError);
}
