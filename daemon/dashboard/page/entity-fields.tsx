import type { VNode } from "preact";
import type { EntityType, FieldsByType } from "../../protocol/entity.ts";
import { ActionButton } from "./action.tsx";
import type { EntityDraft } from "./entity-draft.ts";
import { Field } from "./field.tsx";
import { useProjects } from "./projects-known.ts";
import { useTyped } from "./typed.tsx";

/** A field of an entity in its form. */
interface DraftFieldProps<T extends EntityType> {
  draft: EntityDraft<T>;
  name: keyof FieldsByType[T] & string;
  label: string;
}

function useDraftField<T extends EntityType>({
  draft,
  name,
}: DraftFieldProps<T>): {
  value: string;
  isYours: boolean;
  set(value: string | null): void;
} {
  const value: unknown = Reflect.get(draft.now, name);
  return {
    value: typeof value === "string" ? value : "",
    isYours: draft.now.user_edited.includes(name),
    set: (next) => draft.set({ [name]: next } as Partial<FieldsByType[T]>),
  };
}

const MOST_CHARS_OF_LINE = 300;

/** A text field: one line, or an area of `rows` lines. */
export function TextOf<T extends EntityType>(props: DraftFieldProps<T> & { rows?: number }): VNode {
  const { value, isYours, set } = useDraftField(props);
  const { label, rows } = props;
  return (
    <Field label={label} edited={isYours}>
      {rows === undefined ? (
        <input
          value={value}
          maxLength={MOST_CHARS_OF_LINE}
          onInput={(event) => set(event.currentTarget.value)}
        />
      ) : (
        <textarea rows={rows} value={value} onInput={(event) => set(event.currentTarget.value)} />
      )}
    </Field>
  );
}

/** A choice of a few words. */
export function ChoiceOf<T extends EntityType>(
  props: DraftFieldProps<T> & { options: readonly string[] },
): VNode {
  const { value, isYours, set } = useDraftField(props);
  return (
    <Field label={props.label} edited={isYours}>
      <select value={value} onChange={(event) => set(event.currentTarget.value)}>
        {props.options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </Field>
  );
}

/** A date that may be empty. */
export function DateOf<T extends EntityType>(props: DraftFieldProps<T>): VNode {
  const { value, isYours, set } = useDraftField(props);
  return (
    <Field label={props.label} edited={isYours}>
      <input
        type="date"
        value={value}
        onInput={(event) => set(event.currentTarget.value || null)}
      />
    </Field>
  );
}

/** The project and the tags of a task or a note. */
export function PlaceFields<T extends "task" | "note">({
  draft,
}: {
  draft: EntityDraft<T>;
}): VNode {
  const projects = useProjects();
  const project = useDraftField({ draft, name: "project_id", label: "Project" });
  const { tags, user_edited } = draft.now;
  const typedTags = useTyped(tags.join(", "), (typed) =>
    draft.set({ tags: parseTags(typed) } as Partial<FieldsByType[T]>),
  );
  return (
    <>
      <Field label="Project" edited={project.isYours}>
        <select
          value={project.value}
          onChange={(event) => project.set(event.currentTarget.value || null)}
        >
          <option value="">no project</option>
          {projects.options.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Tags, separated by commas" edited={user_edited.includes("tags")}>
        <input {...typedTags} />
      </Field>
    </>
  );
}

const parseTags = (text: string): string[] =>
  text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");

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
    <div class="actions">
      <ActionButton kind="primary" act={() => draft.save().then(onEnd)} done={done}>
        Save
      </ActionButton>
      <ActionButton
        kind="quiet"
        act={async () => {
          draft.discard();
          onEnd();
        }}
      >
        Discard
      </ActionButton>
    </div>
  );
}
