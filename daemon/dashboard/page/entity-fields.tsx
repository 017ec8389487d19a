import type { VNode } from "preact";
import type { EntityType, FieldsByType } from "../../protocol/entity.ts";
import { ActionButton } from "./action.tsx";
import { DraftNote, Meanwhile } from "./draft-note.tsx";
import { type EntityDraft, textOf } from "./entity-draft.ts";
import { Field } from "./field.tsx";
import { ProjectSelect } from "./project-select.tsx";
import { useProjects } from "./projects-known.ts";
import { type FormDraft, markOf } from "./use-draft.ts";

/** A field of an entity in its form. */
interface DraftFieldProps<T extends EntityType> {
  draft: EntityDraft<T>;
  name: keyof FieldsByType[T] & string;
  label: string;
}

/** A field with its label, and what it says now if that changed meanwhile. */
function DraftField<T extends EntityType>({
  draft: { entity, typed },
  name,
  label,
  say = (text) => text,
  children,
}: DraftFieldProps<T> & {
  /** What a person calls this text. */
  say?: (text: string) => string;
  children(props: ReturnType<FormDraft["field"]>): VNode;
}): VNode {
  const now = textOf(entity, name);
  return (
    <>
      <Field label={label} edited={entity.user_edited.includes(name)}>
        {children(typed.field(name, now))}
      </Field>
      {typed.isOutdated(name, markOf(now)) ? <Meanwhile now={say(now)} /> : null}
    </>
  );
}

const MOST_CHARS_OF_LINE = 300;

/** A text field: one line, or an area of `rows` lines. */
export function TextOf<T extends EntityType>(props: DraftFieldProps<T> & { rows?: number }): VNode {
  const { rows } = props;
  return (
    <DraftField {...props}>
      {(field) =>
        rows === undefined ? (
          <input maxLength={MOST_CHARS_OF_LINE} {...field} />
        ) : (
          <textarea rows={rows} {...field} />
        )
      }
    </DraftField>
  );
}

/** A choice of a few words. */
export function ChoiceOf<T extends EntityType>(
  props: DraftFieldProps<T> & { options: readonly string[] },
): VNode {
  return (
    <DraftField {...props}>
      {(field) => (
        <select {...field}>
          {props.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      )}
    </DraftField>
  );
}

/** A date that may be empty. */
export function DateOf<T extends EntityType>(props: DraftFieldProps<T>): VNode {
  return <DraftField {...props}>{(field) => <input type="date" {...field} />}</DraftField>;
}

/** The project and the tags of a task or a note. */
export function PlaceFields<T extends "task" | "note">({
  draft,
}: {
  draft: EntityDraft<T>;
}): VNode {
  const projects = useProjects();
  return (
    <>
      <DraftField draft={draft} name="project_id" label="Project" say={projects.nameOf}>
        {(field) => <ProjectSelect projects={projects} field={field} />}
      </DraftField>
      <DraftField draft={draft} name="tags" label="Tags, separated by commas">
        {(field) => <input {...field} />}
      </DraftField>
    </>
  );
}

/** Buttons that save or discard the edits. */
export function DraftActions<T extends EntityType>({
  draft,
  done,
  onEnd = () => {},
}: {
  draft: EntityDraft<T>;
  /** Shown when it is saved. */
  done?: string;
  onEnd?(): void;
}): VNode {
  return (
    <>
      <DraftNote of={draft.typed} hasDiscard />
      <div class="actions">
        <ActionButton kind="primary" act={() => draft.save().then(onEnd)} done={done}>
          Save
        </ActionButton>
        <ActionButton
          kind="quiet"
          act={async () => {
            draft.typed.discard();
            onEnd();
          }}
        >
          Discard
        </ActionButton>
      </div>
    </>
  );
}
