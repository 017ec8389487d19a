import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { FileDetail } from "../../protocol/api.ts";
import { ActionButton } from "./action.tsx";
import { post } from "./api.ts";
import { Conversation } from "./conversation.tsx";
import { type Concerns, useResource } from "./data.ts";
import { formatBytes, formatCount } from "./format.ts";
import { escapeLines, escapeText, Text } from "./inert.tsx";
import { Crumb, Facts, Failure, Head, Hint, Loaded, State, When } from "./parts.tsx";
import { navigate } from "./router.ts";
import { useAgentName } from "./status.ts";
import { ForgetButton, UndoButton } from "./undo.tsx";
import { sayLack, skipReasons } from "./words.ts";

export function FilePage({ id }: { id: string }): VNode {
  const concerns = useMemo<Concerns>(
    () => (event) => ("file_id" in event && event.file_id === id) || event.type === "run.completed",
    [id],
  );
  const file = useResource<FileDetail>(`/api/files/${encodeURIComponent(id)}`, concerns);
  return (
    <>
      <Crumb to="/files">Files</Crumb>
      <Loaded of={file}>{(value) => <Whole file={value} reload={file.reload} />}</Loaded>
    </>
  );
}

function Whole({ file, reload }: { file: FileDetail; reload(): void }): VNode {
  const nameOf = useAgentName();
  const { file_id, path, state, attempts } = file;
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  const api = `/api/files/${encodeURIComponent(file_id)}`;
  const retry = async (): Promise<void> => {
    const { run_id } = await post<{ run_id: string }>(`${api}/retry`);
    navigate(`/runs/${run_id}`);
  };
  return (
    <>
      <Head title={<Text of={path.slice(cut)} />}>
        {state === "failed" || file.reason === "undone" ? (
          <ActionButton kind="primary" act={retry}>
            Retry
          </ActionButton>
        ) : state === "done" ? (
          <ActionButton kind="quiet" ask="Send this file to the agent again?" act={retry}>
            Read again
          </ActionButton>
        ) : null}
        {file.entities.length > 0 ? (
          <UndoButton
            path="/api/undo"
            body={{ file_id }}
            ask="Undo everything found in this file? Your own edits stay."
            onDone={reload}
          />
        ) : null}
        {file.text === null && attempts.length === 0 ? null : (
          <ForgetButton fileId={file_id} onDone={reload} />
        )}
      </Head>
      <p class="lead">
        <code>
          <Text of={path.slice(0, cut)} />
        </code>
      </p>
      <Explained file={file} />
      <Facts
        of={[
          ["State", <State of={state} reason={sayLack(file.outcome)} />],
          ["Agent", <Text of={nameOf(file.agent_id)} />],
          ["Size", file.size === null ? "unknown" : formatBytes(file.size)],
          ["Modified", file.mtime === null ? "unknown" : <When at={file.mtime} />],
          ["Read", file.processed_at === null ? "not yet" : <When at={file.processed_at} />],
          ["Attempts", formatCount(attempts.length)],
        ]}
      />
      <Made file={file} />
      <section aria-labelledby="text-title">
        <h2 id="text-title">
          Text <span class="muted">as the agent read it</span>
        </h2>
        {file.text === null ? (
          <p class="muted">No text: the file was not read, or its text was removed.</p>
        ) : (
          <pre class="document" tabIndex={0}>
            {escapeLines(file.text)}
          </pre>
        )}
      </section>
      <Conversation of={attempts} />
      <p class="muted">
        {file_id}
        {file.hash === null ? "" : ` · SHA-256 ${file.hash.slice(0, 12)}…`}
      </p>
    </>
  );
}

function Explained({ file }: { file: FileDetail }): VNode {
  return (
    <>
      <Why file={file} />
      <Warnings of={file} />
    </>
  );
}

/** Why the file is in its state, and what to do about it. */
function Why({ file }: { file: FileDetail }): VNode | null {
  const { state, reason, error, next_attempt_at } = file;
  const next =
    next_attempt_at === null ? null : (
      <p class="hint">
        Next attempt <When at={next_attempt_at} />.
      </p>
    );
  if (error !== null) return <Failure of={error}>{next}</Failure>;
  if (reason === null) return null;
  return (
    <div class="why">
      <p>
        <State of={state} reason={reason} />
      </p>
      {skipReasons[reason] === undefined ? null : <Hint of={skipReasons[reason]} />}
      {next}
    </div>
  );
}

/** What of the file was not read, was lost or could not be recorded. */
function Warnings({ of: { warnings } }: { of: FileDetail }): VNode | null {
  if (warnings.length === 0) return null;
  return (
    <section aria-label="Warnings" class="why">
      <ul>
        {warnings.map(({ code, message }) => (
          <li key={`${code} ${message}`}>{escapeText(message)}</li>
        ))}
      </ul>
    </section>
  );
}

function Made({ file: { entities } }: { file: FileDetail }): VNode | null {
  if (entities.length === 0) return null;
  return (
    <section aria-labelledby="made-title">
      <h2 id="made-title">Found in this file</h2>
      <ul class="cards made">
        {entities.map(({ type, id, title }) => (
          <li key={id}>
            <a data-row href={`/${type}s/${encodeURIComponent(id)}`}>
              <span class="muted">{type}</span> <Text of={title} />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
