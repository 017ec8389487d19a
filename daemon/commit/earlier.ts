import { listEntitiesOfFiles, titleOf } from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";
import type { EarlierEntity } from "../protocol/document.ts";
import { ENTITY_TYPES } from "../protocol/entity.ts";

/** The entities that earlier jobs made from these files, for the prompt; at most `limit`. */
export function listEarlier(
  journal: Journal,
  fileIds: readonly string[],
  limit: number,
): EarlierEntity[] {
  return ENTITY_TYPES.flatMap((type) =>
    listEntitiesOfFiles(journal, type, fileIds)
      .filter(({ deleted_by }) => deleted_by !== "undo")
      .map(({ id, fields, user_edited, deleted_at }) => ({
        type,
        id,
        title: titleOf(type, fields),
        status: fields.status,
        due_date: "due_date" in fields ? fields.due_date : null,
        user_edited,
        deleted: deleted_at !== null,
      })),
  ).slice(-limit);
}
