import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ConfigView } from "../../protocol/config-view.ts";
import { ActionButton, notify } from "./action.tsx";
import { ApiError, describeError, post, request } from "./api.ts";
import { CONFIG_FORM } from "../../protocol/config-form.ts";
import { events, useResource } from "./data.ts";
import { DraftNote, Meanwhile } from "./draft-note.tsx";
import { Switch } from "./filters.tsx";
import { escapeText, Text } from "./inert.tsx";
import { Fault, Head, Loaded } from "./parts.tsx";
import { usePlace } from "./router.ts";
import { Editor } from "./editor.tsx";
import { SettingsForm } from "./settings-form.tsx";
import { type FormDraft, useDraft } from "./use-draft.ts";

export type Issue = ConfigView["issues"][number];

const CONFIG = events("config.");
const TYPING_MS = 350;

/** config.yaml, as text or in a form that edits the same text. */
export function Settings(): VNode {
  const config = useResource<ConfigView>("/api/config", CONFIG);
  return (
    <Loaded of={config}>
      {(value) =>
        value.text === null ? (
          <>
            <Head title="Settings" />
            <Fault
              error={new Error("config.yaml is not valid YAML, so its keys cannot be hidden.")}
            />
            <Issues of={value.issues} />
            <p class="muted">
              Correct it in <Text of={value.path} />.
            </p>
          </>
        ) : (
          <Draft config={value} text={value.text} reload={config.reload} />
        )
      }
    </Loaded>
  );
}

function Draft(props: { config: ConfigView; text: string; reload(): void }): VNode {
  const { config } = props;
  const { view = "form" } = usePlace().query;
  const { text, isChanged, edit, save, discard, draft } = useConfigDraft(props);
  const issues = useCheck(text, isChanged, config.issues);
  return (
    <>
      <Head title="Settings">
        <Switch
          name="view"
          label="Edit as"
          options={[
            ["form", "Form"],
            ["text", "Text"],
          ]}
        />
        <ActionButton
          kind="primary"
          act={save}
          disabled={!isChanged || issues === undefined || issues.length > 0}
        >
          Save
        </ActionButton>
        <ActionButton kind="quiet" disabled={draft.held === undefined} act={async () => discard()}>
          Discard
        </ActionButton>
      </Head>
      <p class="lead">
        <code>
          <Text of={config.path} />
        </code>{" "}
        {isChanged ? "· not saved yet" : ""}
      </p>
      <DraftNote of={draft} hasDiscard />
      {isChanged && draft.isOutdated("text", config.etag) ? (
        <Meanwhile now={config.text ?? ""} />
      ) : null}
      {issues === undefined ? null : <Issues of={issues} />}
      {view === "text" ? (
        <Editor text={text} issues={issues ?? []} onChange={edit} form={CONFIG_FORM.form} />
      ) : (
        <SettingsForm text={text} onChange={edit} typed={draft} />
      )}
    </>
  );
}

interface ConfigDraft {
  text: string;
  /** It differs from config.yaml. */
  isChanged: boolean;
  edit(text: string): void;
  save(): Promise<void>;
  discard(): void;
  draft: FormDraft;
}

/** The text being edited. It follows config.yaml until you change it; then saving finds out what others changed meanwhile. */
function useConfigDraft({
  config,
  text,
  reload,
}: {
  config: ConfigView;
  text: string;
  reload(): void;
}): ConfigDraft {
  const draft = useDraft(CONFIG_FORM.form);
  const [now, setNow] = useState({ text, etag: config.etag });
  useEffect(() => setNow({ text, etag: config.etag }), [text, config.etag]);
  const typed = draft.held?.texts["text"];
  useEffect(() => {
    // It was saved, and the daemon ended before it knew.
    if (typed === now.text) draft.unset("text");
  }, [typed, now.text]);
  return {
    text: typed ?? now.text,
    isChanged: typed !== undefined,
    draft,
    edit: (next) => draft.set("text", next, now.text, now.etag),
    async save() {
      const saved = await putConfig(typed ?? now.text, draft.held?.before["text"] ?? now.etag);
      setNow({ text: saved.text ?? "", etag: saved.etag });
      draft.discard();
      reload();
      notify("Saved. It takes effect within two seconds.");
    },
    discard() {
      draft.discard();
      reload();
    },
  };
}

/** @throws ApiError `config_changed`: the file no longer has this etag. */
async function putConfig(text: string, etag: string): Promise<ConfigView> {
  try {
    return await request<ConfigView>("/api/config", {
      method: "PUT",
      body: { text },
      headers: { "if-match": etag },
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "config_changed") throw error;
    throw new ApiError({
      code: error.code,
      detail: "config.yaml was changed elsewhere meanwhile.",
      hint: "Copy your text, discard it here, then write it again.",
    });
  }
}

/** What the daemon finds wrong with the draft; undefined: it is still being asked. */
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
            <strong>Line {line}</strong> {escapeText(message)}
          </li>
        ))}
      </ul>
    </div>
  );
}
