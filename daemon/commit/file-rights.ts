import { type StoredEntity, TEXT_FIELDS } from "../journal/entities.ts";
import type { EntityType, FieldsByType } from "../protocol/entity.ts";
import { isNamedIn, isSharedIn } from "./passage.ts";
import type { Staged } from "./staged-entity.ts";
import type { Staging } from "./staging.ts";
import { type Refusal, refused } from "./written.ts";

/*
 * What a file may do with an entity. What the file made, it may change, until another file replaces the text: two
 * files that began as copies of a template then go separate ways. Of what another file made, it may change the
 * state alone, with a passage of its own text that names the entity, and of few of them; the passage also makes it a
 * source. A file never replaces a text that it may not read.
 */

/** How many entities of other files one file may change: a title can be guessed, and no one guesses for long. */
export const MOST_FOREIGN = 5;

/** The fields that a file may change of what another file of its agent made. */
export const STATE_FIELDS: Readonly<Record<EntityType, readonly string[]>> = {
  project: ["status"],
  task: ["status", "priority", "due_date"],
  note: ["status"],
};

/** What files have a right to: the entities that they made, and those whose text came from them. */
export interface Rights {
  made: ReadonlySet<string>;
  own_texts: ReadonlySet<string>;
}

/** Whether files may change all of an entity: they made it, and no other file replaced its text. */
export function isMadeBy<T extends EntityType>(
  { made, own_texts }: Rights,
  type: T,
  { id, fields, user_edited }: Pick<StoredEntity<T>, "id" | "fields" | "user_edited">,
): boolean {
  if (!made.has(id)) return false;
  const name = TEXT_FIELDS[type];
  return own_texts.has(id) || user_edited.includes(name) || Reflect.get(fields, name) === "";
}

/** Whether the job's file may change all of an entity. */
export function isMade<T extends EntityType>(staging: Staging, entity: Staged<T>): boolean {
  const { type, op, of_this_file } = entity;
  // Once this job wrote the text, it is the file's.
  const isWritten = op !== "confirm" && of_this_file && staging.made.has(entity.id);
  return op === "create" || isWritten || isMadeBy(staging, type, entity);
}

/** Whether a quote is evidence that the job's document is about an entity that another file made. */
export function isSupported(
  staging: Staging,
  { type, fields }: { type: EntityType; fields: Staged<EntityType>["fields"] },
  quote: string | null,
): boolean {
  return quote !== null && staging.isVerified(quote) && isNamedIn(type, fields, quote);
}

/** Whether a quote is evidence that the job's document is of a project. It gives no right to change the project. */
export function isShared(
  staging: Staging,
  { fields }: Staged<"project">,
  quote: string | null,
): boolean {
  return quote !== null && staging.isVerified(quote) && isSharedIn(fields, quote);
}

/** Why a write to what another file made is refused; undefined: it is not. */
export function refuseForeign<T extends EntityType>(
  staging: Staging,
  entity: Staged<T>,
  fields: Partial<FieldsByType[T]>,
  quote: string | null,
): Refusal | undefined {
  const { type } = entity;
  // Also if the text is the same already: the answer must not confirm a guess.
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (given.some(([name]) => !STATE_FIELDS[type].includes(name))) {
    const names = STATE_FIELDS[type].join(", ");
    return refused(`Another file made this ${type}; this document can change only its ${names}.`);
  }
  if (![quote, entity.quote].some((passage) => isSupported(staging, entity, passage))) {
    return refused(
      `Another file made this ${type}; give as quote the few words of this document that name it, word for word.`,
    );
  }
  if (given.length === 0 || entity.op !== "confirm" || !isForeignFull(staging)) return undefined;
  staging.refused_foreign += 1;
  return refused(
    `The limit of ${MOST_FOREIGN} changes to what other files made is reached for this file.`,
  );
}

function isForeignFull(staging: Staging): boolean {
  const changed = [...staging.staged.values()].filter(
    (entity) => entity.op !== "confirm" && !isMade(staging, entity),
  );
  return changed.length >= MOST_FOREIGN;
}
