import { sql } from "kysely";
import type { Document } from "../protocol/document.ts";
import { ENTITY_TYPES } from "../protocol/entity.ts";
import type { ExplainedChange, ExplainedSource, Explanation } from "../protocol/explain.ts";
import { listAttempts } from "./attempt-views.ts";
import { findEntity } from "./entities.ts";
import { toView } from "./entity-views.ts";
import type { Journal } from "./open.ts";
import { findPassage } from "./passage.ts";
import { findRun } from "./run-views.ts";
import { listSources } from "./sources.ts";

// Limits for an entity that thousands of files name: each source has a text and a conversation.
const SOURCES_SHOWN = 25;
const HISTORY_SHOWN = 200;
const RUNS_SHOWN = 25;

/** Why an entity of any type is as it is; undefined if no entity ever had this id. */
export function explainEntity(journal: Journal, id: string): Explanation | undefined {
  for (const entity_type of ENTITY_TYPES) {
    const stored = findEntity(journal, entity_type, id);
    if (stored === undefined) continue;
    const { deleted_at: at, deleted_by: by } = stored;
    const all = listSources(journal, [id]).get(id) ?? [];
    const sources = listExplainedSources(journal, id);
    const history = listHistory(journal, id);
    const jobIds = new Set(sources.map(({ job_id }) => job_id));
    const runIds = new Set([...sources, ...history].flatMap(({ run_id }) => run_id ?? []));
    return {
      entity_type,
      entity: toView(stored, all),
      deleted: at === null || by === null ? null : { at, by },
      sources,
      history,
      runs: [...runIds].slice(0, RUNS_SHOWN).flatMap((runId) => findRun(journal, runId) ?? []),
      conversations: [...jobIds].map((job_id) => ({
        job_id,
        attempts: listAttempts(journal, job_id),
      })),
      left_out: {
        sources: all.length - sources.length,
        history: countHistory(journal, id) - history.length,
      },
    };
  }
  return undefined;
}

type SourceRow = Omit<ExplainedSource, "verified" | "current" | "model" | "passage"> & {
  verified: 0 | 1;
  dropped_by: string | null;
  extractor: string | null;
};

function listExplainedSources(journal: Journal, entityId: string): ExplainedSource[] {
  const rows = journal.all(
    sql<SourceRow>`SELECT sources.file_id, files.path, sources.run_id, sources.quote, sources.verified,
        sources.dropped_by, files.state, files.reason, sources.job_id, files.agent_id, files.processed_at,
        jobs.hash, jobs.extractor
      FROM sources JOIN files USING (file_id) JOIN jobs ON jobs.job_id = sources.job_id
      WHERE sources.entity_id = ${entityId}
      ORDER BY sources.created_at DESC, files.seq DESC LIMIT ${SOURCES_SHOWN}`,
  );
  // Copies share a job and its text.
  const texts = new Map<string, string | undefined>();
  const readText = ({ job_id, hash, extractor }: SourceRow): string | undefined => {
    if (!texts.has(job_id)) texts.set(job_id, findText(journal, hash, extractor));
    return texts.get(job_id);
  };
  return rows.map((row) => {
    const { dropped_by, extractor: _extractor, verified, ...source } = row;
    const { quote } = source;
    const text = quote === null ? undefined : readText(row);
    const passage = quote === null || text === undefined ? undefined : findPassage(text, quote);
    return {
      ...source,
      verified: verified === 1,
      current: dropped_by === null,
      model: findModel(journal, row.job_id),
      passage: passage ?? null,
    };
  });
}

function findText(journal: Journal, hash: string, extractor: string | null): string | undefined {
  const row = journal.get(
    sql<{ document: string }>`SELECT document FROM documents
      WHERE hash = ${hash} AND extractor = ${extractor}`,
  );
  return row && (JSON.parse(row.document) as Document).text;
}

/** The model that gave a job's last reply. */
function findModel(journal: Journal, jobId: string): ExplainedSource["model"] {
  const row = journal.get(
    sql<{ provider: string; name: string }>`SELECT provider, model AS name FROM requests
      WHERE job_id = ${jobId} AND state = 'answered' ORDER BY iteration DESC LIMIT 1`,
  );
  return row ?? null;
}

// Proposals of a dry run never happened.
const HAPPENED = sql`NOT (changes.state = 'proposed' AND EXISTS (
  SELECT 1 FROM runs WHERE runs.run_id = changes.run_id AND dry_run = 1))`;

type ChangeRow = Omit<ExplainedChange, "before" | "after"> & {
  before: string | null;
  after: string | null;
};

function listHistory(journal: Journal, entityId: string): ExplainedChange[] {
  return journal
    .all(
      sql<ChangeRow>`SELECT changes.created_at AS at, actor, changes.run_id, job_id, op, before, after,
          quote, state, changes.undo_id, undos.created_at AS undone_at
        FROM changes LEFT JOIN undos USING (undo_id)
        WHERE entity_id = ${entityId} AND ${HAPPENED} ORDER BY changes.seq DESC LIMIT ${HISTORY_SHOWN}`,
    )
    .map(({ before, after, ...change }) => ({
      ...change,
      before: parseFields(before),
      after: parseFields(after),
    }));
}

function countHistory(journal: Journal, entityId: string): number {
  const row = journal.get(
    sql<{ count: number }>`SELECT count(*) AS count FROM changes
      WHERE entity_id = ${entityId} AND ${HAPPENED}`,
  );
  return row?.count ?? 0;
}

function parseFields(text: string | null): ExplainedChange["before"] {
  return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
}
