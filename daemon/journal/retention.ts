import { sql } from "kysely";
import type { Journal } from "./open.ts";
import type { Reach } from "./retention-marks.ts";

// The most rows that one transaction purges, so that it takes milliseconds. A text takes the longest, because
// all its words leave the search index with it.
const TEXTS = 2;
const REPLIES = 100;
const PROPOSALS = 200;

/**
 * Purges some texts, conversations and proposals of dry runs that are older than an instant (ISO 8601). A job
 * that still waits keeps its replies, because they are paid for. Sources stay, with their quotes. Returns how
 * many rows it purged; 0: there are no more.
 *
 * @param reach what was there already at that instant
 */
export function purgeOlder(journal: Journal, before: string, reach: Reach): number {
  return journal.transaction(
    () =>
      purgeTexts(journal, before, reach) ||
      purgeConversations(journal, before, reach) ||
      purgeProposals(journal, before, reach),
  );
}

function purgeTexts(journal: Journal, before: string, { texts }: Reach): number {
  return journal.run(
    sql`DELETE FROM documents WHERE (hash, extractor) IN (
      SELECT hash, extractor FROM documents WHERE created_at < ${before}
        AND NOT EXISTS (SELECT 1 FROM search_documents AS found WHERE found.hash = documents.hash
          AND found.extractor = documents.extractor AND found.number > ${texts})
      ORDER BY created_at LIMIT ${TEXTS})`,
  );
}

function purgeConversations(journal: Journal, before: string, { requests }: Reach): number {
  const purged = journal.all(
    sql<{ job_id: string }>`UPDATE requests SET reply = NULL, tool_results = NULL WHERE seq IN (
      SELECT requests.seq FROM requests JOIN jobs USING (job_id)
      WHERE reply IS NOT NULL AND sent_at < ${before} AND requests.seq <= ${requests}
        AND jobs.state NOT IN ('pending', 'working')
      ORDER BY sent_at LIMIT ${REPLIES}) RETURNING job_id`,
  );
  const jobIds = JSON.stringify(purged.map(({ job_id }) => job_id));
  journal.run(
    sql`UPDATE jobs SET frame = NULL
      WHERE frame IS NOT NULL AND job_id IN (SELECT value FROM json_each(${jobIds}))`,
  );
  return purged.length;
}

function purgeProposals(journal: Journal, before: string, { changes }: Reach): number {
  // In this order, because runs are few and changes may be a million.
  return journal.run(
    sql`DELETE FROM changes WHERE seq IN (
      SELECT changes.seq FROM runs CROSS JOIN changes USING (run_id)
      WHERE runs.dry_run = 1 AND changes.state = 'proposed' AND changes.created_at < ${before}
        AND changes.seq <= ${changes}
      LIMIT ${PROPOSALS})`,
  );
}
