import type { VNode } from "preact";
import { Field, parseTags } from "./field.tsx";
import { useProjects } from "./projects-known.ts";
import { useTyped } from "./typed.tsx";

interface Placed {
  project_id: string | null;
  tags: string[];
}

/** Where a task or a note belongs. */
export function PlaceFields({
  of: { project_id, tags },
  isYours,
  set,
}: {
  of: Placed;
  isYours(field: string): boolean;
  set(fields: Partial<Placed>): void;
}): VNode {
  const projects = useProjects();
  const typedTags = useTyped(tags.join(", "), (typed) => set({ tags: parseTags(typed) }));
  return (
    <>
      <Field label="Project" edited={isYours("project_id")}>
        <select
          value={project_id ?? ""}
          onChange={(event) => set({ project_id: event.currentTarget.value || null })}
        >
          <option value="">no project</option>
          {projects.options.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Tags, by commas" edited={isYours("tags")}>
        <input {...typedTags} />
      </Field>
    </>
  );
}
