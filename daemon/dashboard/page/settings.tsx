import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ConfigView } from "../../protocol/config-view.ts";
import { ActionButton, notify } from "./action.tsx";
import { ApiError, describeError, post, request } from "./api.ts";
import { events, useResource } from "./data.ts";
import { escapeText, Text } from "./inert.tsx";
import { Fault, Head, Loaded } from "./parts.tsx";
import { setFilters, usePlace } from "./router.ts";
import { Editor } from "./editor.tsx";
import { SettingsForm } from "./settings-form.tsx";

export type Issue = ConfigView["issues"][number];

const CONFIG = events("config.");
const TYPING_MS = 350;

/** config.yaml, as text or by a form that edits the same text. */
export function Settings(): VNode {
  const config = useResource<ConfigView>("/api/config", CONFIG);
  return (
    <Loaded of={config}>
      {(value) =>
        value.text === null ? (
          <>
            <Head title="Settings" />
            <Fault
              error={
                new Error("config.yaml is no YAML, so that it cannot be shown without its keys.")
              }
            />
            <Issues of={value.issues} />
            <p class="muted">
              Mend it at <Text of={value.path} />.
            </p>
          </>
        ) : (
          <Draft config={value} text={value.text} reload={config.reload} />
        )
      }
    </Loaded>
  );
}

function Draft({
  config,
  text,
  reload,
}: {
  config: ConfigView;
  text: string;
  reload(): void;
}): VNode {
  const { view = "form" } = usePlace().query;
  // What is edited, and the text and etag that it began with: a change by others meanwhile is met when it is saved.
  const [base, setBase] = useState({ text, etag: config.etag });
  const [draft, setDraft] = useState(text);
  const isChanged = draft !== base.text;
  useEffect(() => {
    if (isChanged || text === base.text) return;
    setBase({ text, etag: config.etag });
    setDraft(text);
  }, [text, config.etag]);
  const check = useCheck(draft, isChanged, config.issues);
  const start = (view_: ConfigView): void => {
    setBase({ text: view_.text ?? "", etag: view_.etag });
    setDraft(view_.text ?? "");
    reload();
  };
  const save = async (): Promise<void> => {
    try {
      const saved = await request<ConfigView>("/api/config", {
        method: "PUT",
        body: { text: draft },
        headers: { "if-match": base.etag },
      });
      start(saved);
      notify("Saved. It takes effect within two seconds.");
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "config_changed") throw error;
      throw new ApiError({
        code: error.code,
        detail: "config.yaml was changed elsewhere meanwhile.",
        hint: "Copy what you wrote, discard it here, and write it again.",
      });
    }
  };
  return (
    <>
      <Head title="Settings">
        <div class="switch" role="group" aria-label="How to edit">
          <button
            type="button"
            aria-pressed={view === "form"}
            onClick={() => setFilters({ view: "" })}
          >
            Form
          </button>
          <button
            type="button"
            aria-pressed={view === "text"}
            onClick={() => setFilters({ view: "text" })}
          >
            Text
          </button>
        </div>
        <ActionButton
          kind="primary"
          act={save}
          disabled={!isChanged || check === undefined || check.length > 0}
        >
          Save
        </ActionButton>
        <ActionButton
          kind="quiet"
          disabled={!isChanged}
          act={async () => start({ ...config, text })}
        >
          Discard
        </ActionButton>
      </Head>
      <p class="lead">
        <code>
          <Text of={config.path} />
        </code>{" "}
        {isChanged ? "· not saved yet" : ""}
      </p>
      {check === undefined ? null : <Issues of={check} />}
      {view === "text" ? (
        <Editor text={draft} issues={check ?? []} onChange={setDraft} />
      ) : (
        <SettingsForm text={draft} onChange={setDraft} />
      )}
    </>
  );
}

/** What is wrong with the draft, by the daemon's word; undefined: it is being asked. */
function useCheck(
  draft: string,
  isChanged: boolean,
  known: readonly Issue[],
): readonly Issue[] | undefined {
  const [found, setFound] = useState<{ text: string; issues: readonly Issue[] }>();
  useEffect(() => {
    if (!isChanged) return;
    const timer = setTimeout(() => {
      post<{ issues: Issue[] }>("/api/config/check", { text: draft }).then(
        ({ issues }) => setFound({ text: draft, issues }),
        (error: unknown) => notify(describeError(error).message, "failed"),
      );
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [draft, isChanged]);
  if (!isChanged) return known;
  return found?.text === draft ? found.issues : undefined;
}

function Issues({ of }: { of: readonly Issue[] }): VNode | null {
  if (of.length === 0) return null;
  return (
    <div class="fault" role="alert">
      <ul>
        {of.map(({ line, column, message }) => (
          <li key={`${line}:${column} ${message}`}>
            <strong>line {line}</strong> {escapeText(message)}
          </li>
        ))}
      </ul>
    </div>
  );
}
