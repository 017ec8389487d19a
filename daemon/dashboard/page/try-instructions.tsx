import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { AgentView, Page } from "../../protocol/api.ts";
import type { File } from "../../protocol/file.ts";
import { ActionButton } from "./action.tsx";
import { post, withQuery } from "./api.ts";
import { useResource } from "./data.ts";
import { Field } from "./field.tsx";
import { navigate } from "./router.ts";

/** Other instructions for one file, as a dry run of an ad-hoc agent: nothing is saved. */
export function TryInstructions({ agent }: { agent: AgentView }): VNode | null {
  const [path, setPath] = useState("");
  const [instructions, setInstructions] = useState(agent.instructions);
  const query = { agent_id: agent.id, contains: path, limit: 20 };
  const files = useResource<Page<File>>(withQuery("/api/files", query));
  const { tools, max_iterations, max_changes_per_file } = agent;
  if (agent.model.provider === "rules") return null;
  const tryIt = async (): Promise<void> => {
    const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
    const body = {
      directories: [{ path: path.slice(0, end + 1), max_depth: 0 }],
      paths: [path],
      instructions,
      tools,
      max_iterations,
      max_changes_per_file,
      model_of: agent.id,
      dry_run: true,
    };
    const { run_id } = await post<{ run_id: string }>("/api/agents/trigger", body);
    navigate(`/runs/${run_id}`);
  };
  return (
    <section aria-labelledby="try-title">
      <h2 id="try-title">Try instructions on one file</h2>
      <div class="form">
        <Field label="File">
          <input
            list="try-files"
            value={path}
            spellcheck={false}
            placeholder="Part of its path"
            onInput={(event) => setPath(event.currentTarget.value)}
          />
        </Field>
        <datalist id="try-files">
          {(files.value?.items ?? []).map((file) => (
            <option key={file.file_id} value={file.path} />
          ))}
        </datalist>
        <Field label="Instructions">
          <textarea
            rows={4}
            value={instructions}
            onInput={(event) => setInstructions(event.currentTarget.value)}
          />
        </Field>
        <p>
          <ActionButton act={tryIt} disabled={!/[/\\]/.test(path)}>
            Try
          </ActionButton>{" "}
          <span class="muted">Runs the model without saving. The trial file stays pending.</span>
        </p>
      </div>
    </section>
  );
}
