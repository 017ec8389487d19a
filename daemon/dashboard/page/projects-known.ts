import { useMemo } from "preact/hooks";
import type { Page } from "../../protocol/api.ts";
import type { Project } from "../../protocol/entity.ts";
import { type Concerns, useResource } from "./data.ts";
import type { Options } from "./filters.tsx";
import { escapeText } from "./inert.tsx";

const CHANGED: Concerns = (event) =>
  event.type === "entity.changed" && event.entity_type === "project";

export interface KnownProjects {
  nameOf(id: string | null): string;
  /** The active ones. */
  options: Options;
}

/** Names of projects, and the active ones to choose from. */
export function useProjects(): KnownProjects {
  const { value } = useResource<Page<Project>>("/api/projects?limit=500", CHANGED);
  return useMemo(() => {
    const names = new Map(value?.items.map(({ id, name }) => [id, name]));
    return {
      nameOf: (id) => (id === null ? "" : (names.get(id) ?? "…")),
      options: (value?.items ?? [])
        .filter(({ status }) => status === "active")
        .map(({ id, name }) => [id, escapeText(name)] as const)
        .toSorted(([, a], [, b]) => a.localeCompare(b)),
    };
  }, [value]);
}
