import type { ComponentChildren, VNode } from "preact";

/** A field of a form with its label. `edited`: the user set its content, and no agent changes it. */
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
        {edited ? <em title="You changed this, so no agent changes it again."> yours</em> : null}
      </span>
      {children}
    </label>
  );
}
