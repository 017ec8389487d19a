import { findAlive } from "../journal/entities.ts";
import { listCurrentQuotes } from "../journal/evidence.ts";
import type { Journal } from "../journal/open.ts";
import type { ChangeSet } from "../protocol/change-set.ts";
import { createVerifier } from "./quote.ts";

/**
 * A change set that also confirms what its file gave before and still has, word for word. A model that read only what
 * changed cannot say it again, but a copy of the file becomes a source of what the job says.
 */
export function confirmUnchanged(
  journal: Journal,
  { changes, confirmed, ...rest }: ChangeSet,
  { file_id, text }: { file_id: string; text: string },
): ChangeSet {
  const said = new Set([...changes, ...confirmed].map(({ entity_id }) => entity_id));
  const has = createVerifier(text);
  const still = listCurrentQuotes(journal, file_id).filter(
    ({ entity_type, entity_id, quote }) =>
      !said.has(entity_id) &&
      has(quote) &&
      findAlive(journal, entity_type, entity_id) !== undefined,
  );
  const unchanged = still.map((source) => ({ ...source, verified: true }));
  return { changes, confirmed: [...confirmed, ...unchanged], ...rest };
}
