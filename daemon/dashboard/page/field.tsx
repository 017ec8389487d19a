import type { ComponentChildren, VNode } from "preact";

/** A field of a form with its label; `edited` says that its content is the user's own word. */
export function Field({
  label,
  edited = false,
  children,
}: {
  label: string;
  edited?: boolean;
  children: ComponentChildren;
}): VNode {
  return (
    <label class="field">
      <span>
        {label}
        {edited ? <em title="You changed it: no agent changes it again."> yours</em> : null}
      </span>
      {children}
    </label>
  );
}

/** The fields of `draft` that differ from what they were: only those become the user's word. */
export function changesOf<T extends object>(before: T, draft: Partial<T>): Partial<T> {
  const changed = Object.entries(draft).filter(
    ([name, value]) => JSON.stringify(Reflect.get(before, name)) !== JSON.stringify(value),
  );
  return Object.fromEntries(changed) as Partial<T>;
}

export const parseTags = (text: string): string[] =>
  text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
