import type { VNode } from "preact";
import { AddEntity, EntityRows, StatusChoice } from "./entity-list.tsx";
import { Choice, Head } from "./parts.tsx";
import { useProjects } from "./projects-known.ts";
import { setFilters, usePlace } from "./router.ts";

export function Notes(): VNode {
  const { status = "active", project_id = "" } = usePlace().query;
  const projects = useProjects();
  return (
    <>
      <Head title="Notes">
        <AddEntity type="note" />
      </Head>
      <div class="filters">
        <StatusChoice status={status} />
        <Choice
          label="Project"
          value={project_id}
          options={[["", "all"], ...projects.options]}
          onChange={(value) => setFilters({ project_id: value })}
        />
      </div>
      <EntityRows type="note" query={{ status, project_id }} />
    </>
  );
}
