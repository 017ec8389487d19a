import type { VNode } from "preact";
import { escapeText } from "./inert.tsx";
import type { KnownProjects } from "./projects-known.ts";
import type { FormDraft } from "./use-draft.ts";

/**
 * A choice of an active project, or none. Has an option for its value in any case, since the projects may still be
 * loading, and an archived one is not among them: the field would say "no project".
 */
export function ProjectSelect({
  projects: { options, nameOf },
  field,
  label,
}: {
  projects: KnownProjects;
  field: ReturnType<FormDraft["field"]>;
  label?: string;
}): VNode {
  const { value } = field;
  const isListed = value === "" || options.some(([id]) => id === value);
  return (
    <select aria-label={label} {...field}>
      <option value="">no project</option>
      {isListed ? null : <option value={value}>{escapeText(nameOf(value))}</option>}
      {options.map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}
