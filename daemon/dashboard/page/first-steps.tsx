import type { VNode } from "preact";
import type { AgentView, OfferedModel, Page, Status } from "../../protocol/api.ts";
import { useResource } from "./data.ts";
import { Text } from "./inert.tsx";
import { Hint } from "./parts.tsx";

/** Shown until a run found a file: where to put files, and what reads them. */
export function FirstSteps({ status }: { status: Status }): VNode | null {
  const isNew = status.agents.every(({ last_run }) => (last_run?.files.found ?? 0) === 0);
  const isIdle = status.agents.every(({ running_run_id }) => running_run_id === null);
  const agents = useResource<Page<AgentView>>(isNew ? "/api/agents" : null);
  const models = useResource<Page<OfferedModel>>(isNew ? "/api/models" : null);
  if (!isNew || !isIdle) return null;
  const directories = (agents.value?.items ?? []).flatMap((agent) => agent.directories);
  const local = (models.value?.items ?? []).filter(
    (model) => model.server !== null && !model.is_cloud,
  );
  return (
    <section class="first-steps" aria-labelledby="first-title">
      <h2 id="first-title">Put a file into a watched directory</h2>
      <p>
        For example a Markdown file, a mail or a PDF. Its tasks and notes appear here a few seconds
        later.
      </p>
      <ul class="places">
        {directories.map(({ path }) => (
          <li key={path}>
            <code>
              <Text of={path} />
            </code>
          </li>
        ))}
      </ul>
      <p>
        Or watch a directory you already have: <a href="/settings">add it in the settings.</a>
      </p>
      {status.model.provider !== "rules" ? null : (
        <>
          <p>
            The built-in rules read it. They are not a language model, and nothing leaves this
            machine.{" "}
            {local.length === 0 ? (
              "No model server was found on this machine."
            ) : (
              <>
                Found on this machine: <Text of={local.map(({ name }) => name).join(", ")} />.{" "}
                <a href="/settings">Choose one in the settings.</a>
              </>
            )}
          </p>
          <Hint of="Any OpenAI-compatible endpoint works: see `model` in config.yaml." />
        </>
      )}
    </section>
  );
}
