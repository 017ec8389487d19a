import { listEntitiesOfFiles, titleOf } from "../journal/entities.ts";
import { listWithoutPassage } from "../journal/evidence.ts";
import type { Journal } from "../journal/open.ts";
import { listMade, listSupported } from "../journal/rights.ts";
import type { EarlierEntity } from "../protocol/document.ts";
import { ENTITY_TYPES } from "../protocol/entity.ts";

/**
 * The entities that earlier jobs made from these files, or found in them, for the prompt; at most `limit`.
 *
 * @param saysGone whether the model may say of those without a passage that they are gone
 * @param isHidden leaves out entities by their id; left out: none
 */
export function listEarlier(
  journal: Journal,
  fileIds: readonly string[],
  limit: number,
  saysGone = false,
  isHidden?: (id: string) => boolean,
): EarlierEntity[] {
  const made = listMade(journal, fileIds);
  const supported = listSupported(journal, fileIds);
  const unfound = saysGone ? listWithoutPassage(journal, fileIds) : new Set();
  return ENTITY_TYPES.flatMap((type) =>
    listEntitiesOfFiles(journal, type, fileIds)
      .filter(({ deleted_by }) => deleted_by !== "undo")
      .filter(({ id }) => made.has(id) || supported.has(id))
      .filter(({ id }) => isHidden?.(id) !== true)
      .map(({ id, fields, user_edited, deleted_at }) => ({
        type,
        id,
        title: titleOf(type, fields),
        status: fields.status,
        due_date: "due_date" in fields ? fields.due_date : null,
        user_edited,
        deleted: deleted_at !== null,
        ...(unfound.has(id) && deleted_at === null && { has_no_passage: true as const }),
      })),
  ).slice(-limit);
}
