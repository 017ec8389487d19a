import type { VNode } from "preact";
import { AddEntity, EntityRows, StatusChoice } from "./entity-list.tsx";
import { Choice } from "./filters.tsx";
import { Head } from "./parts.tsx";
import { useProjects } from "./projects-known.ts";
import { usePlace } from "./router.ts";

export function Notes(): VNode {
  const { status = "active", project_id = "" } = usePlace().query;
  const projects = useProjects();
  return (
    <>
      <Head title="Notes">
        <AddEntity type="note" />
      </Head>
      <div class="filters">
        <StatusChoice />
        <Choice name="project_id" label="Project" options={[["", "all"], ...projects.options]} />
      </div>
      <EntityRows type="note" query={{ status, project_id }} />
    </>
  );
}
