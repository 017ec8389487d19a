import type { Page } from "../../protocol/api.ts";
import type { Project } from "../../protocol/entity.ts";
import { type Concerns, useResource } from "./data.ts";
import { escapeText } from "./inert.tsx";

const CHANGED: Concerns = (event) =>
  event.type === "entity.changed" && event.entity_type === "project";

/** Names of projects, and the active ones to choose from. */
export function useProjects(): {
  nameOf(id: string | null): string;
  options: readonly (readonly [value: string, text: string])[];
} {
  const { value } = useResource<Page<Project>>("/api/projects?limit=500", CHANGED);
  const all = value?.items ?? [];
  return {
    nameOf: (id) => all.find((project) => project.id === id)?.name ?? (id === null ? "" : "…"),
    options: all
      .filter(({ status }) => status === "active")
      .map(({ id, name }) => [id, escapeText(name)] as const)
      .toSorted(([, a], [, b]) => a.localeCompare(b)),
  };
}
