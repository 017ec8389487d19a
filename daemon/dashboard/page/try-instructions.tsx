import type { VNode } from "preact";
import type { AgentView, Page } from "../../protocol/api.ts";
import type { File } from "../../protocol/file.ts";
import { ActionButton } from "./action.tsx";
import { post, withQuery } from "./api.ts";
import { useResource } from "./data.ts";
import { DraftNote, Meanwhile } from "./draft-note.tsx";
import { Field } from "./field.tsx";
import { navigate } from "./router.ts";
import { markOf, useDraft } from "./use-draft.ts";

/** Other instructions for one file, as a dry run of an ad-hoc agent: nothing is saved. */
export function TryInstructions({ agent }: { agent: AgentView }): VNode {
  const draft = useDraft("Try instructions");
  const path = draft.textOf("path", "");
  const query = { agent_id: agent.id, contains: path, limit: 20 };
  const files = useResource<Page<File>>(withQuery("/api/files", query));
  const { tools, max_iterations, max_changes_per_file } = agent;
  const tryIt = async (): Promise<void> => {
    const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
    const body = {
      directories: [{ path: path.slice(0, end + 1), max_depth: 0 }],
      paths: [path],
      instructions: draft.textOf("instructions", agent.instructions),
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
            spellcheck={false}
            placeholder="Part of its path"
            {...draft.field("path")}
          />
        </Field>
        <datalist id="try-files">
          {(files.value?.items ?? []).map((file) => (
            <option key={file.file_id} value={file.path} />
          ))}
        </datalist>
        <Field label="Instructions">
          <textarea rows={4} {...draft.field("instructions", agent.instructions)} />
        </Field>
        {draft.isOutdated("instructions", markOf(agent.instructions)) ? (
          <Meanwhile now={agent.instructions} />
        ) : null}
        <DraftNote of={draft} />
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
