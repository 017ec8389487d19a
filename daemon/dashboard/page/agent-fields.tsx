import type { VNode } from "preact";
import { toAgentId } from "../../core/agent-id.ts";
import type { YamlPath } from "../../core/yaml-edit.ts";
import type { OfferedModel } from "../../protocol/api.ts";
import { ActionButton } from "./action.tsx";
import { DraftNote } from "./draft-note.tsx";
import { Field } from "./field.tsx";
import { escapeText, Text } from "./inert.tsx";
import { AgentModelFields } from "./model-fields.tsx";
import { NumberField, type Setting, TextField } from "./setting-fields.tsx";
import { useDraft } from "./use-draft.ts";

/** The settings of one agent that most people change. */
export function AgentFields({
  id,
  index,
  setting,
  offered,
}: {
  id: string;
  index: number;
  setting: Setting;
  offered: readonly OfferedModel[];
}): VNode {
  const at = (...path: YamlPath): YamlPath => ["agents", index, ...path];
  const directories = setting.read(at("directories"));
  const count = Array.isArray(directories) ? directories.length : 0;
  const title = `agent-${index}-title`;
  return (
    <section aria-labelledby={title} class="agent-fields">
      <h2 id={title}>
        Agent <Text of={id} />
      </h2>
      <div class="form">
        <div class="form-row">
          <TextField setting={setting} label="Name" path={at("name")} />
          <TextField setting={setting} label="Schedule (cron)" path={at("schedule")} />
          <EnabledField at={at("enabled")} setting={setting} />
          <FileFields at={at} setting={setting} />
        </div>
        {Array.from({ length: count }, (_, place) => (
          <DirectoryFields
            key={`${place} of ${count}`}
            at={at("directories", place)}
            isOnly={count === 1}
            setting={setting}
          />
        ))}
        <AddDirectory id={id} at={at("directories")} setting={setting} />
        <AgentModelFields setting={setting} at={at("model")} offered={offered} />
        <TextField
          setting={setting}
          label="Instructions for the language model"
          path={at("instructions")}
          rows={3}
        />
        <LimitFields at={at} setting={setting} />
        <p>
          <ActionButton
            kind="danger"
            label={`Remove agent ${escapeText(id)}`}
            ask="Remove this agent from the config? Its notes, tasks and projects stay."
            act={async () => setting.remove(at())}
          >
            Remove agent
          </ActionButton>
        </p>
      </div>
    </section>
  );
}

function EnabledField({ at, setting }: { at: YamlPath; setting: Setting }): VNode {
  return (
    <Field label="Enabled">
      <select
        data-draft={setting.typed.form}
        value={setting.read(at) === false ? "no" : "yes"}
        onChange={(event) => setting.write(at, event.currentTarget.value === "no" ? false : null)}
      >
        <option>yes</option>
        <option>no</option>
      </select>
    </Field>
  );
}

function FileFields({ at, setting }: { at(...path: YamlPath): YamlPath; setting: Setting }): VNode {
  return (
    <>
      <EitherField
        at={at("on_drop")}
        setting={setting}
        label="When a file no longer contains something"
        usual="list it so"
        other={["retire", "cancel or archive it"]}
      />
      <EitherField
        at={at("conflict_copies")}
        setting={setting}
        label="Conflict copies of a sync program"
        usual="skip them, and say so"
        other={["read", "read them like any file"]}
      />
    </>
  );
}

/** A key with a usual value, which is not written, and another one. */
function EitherField({
  at,
  setting,
  label,
  usual,
  other: [value, text],
}: {
  at: YamlPath;
  setting: Setting;
  label: string;
  usual: string;
  other: readonly [value: string, text: string];
}): VNode {
  return (
    <Field label={label}>
      <select
        data-draft={setting.typed.form}
        value={setting.read(at) === value ? value : ""}
        onChange={(event) => setting.write(at, event.currentTarget.value === value ? value : null)}
      >
        <option value="">{usual}</option>
        <option value={value}>{text}</option>
      </select>
    </Field>
  );
}

function LimitFields({
  at,
  setting,
}: {
  at(...path: YamlPath): YamlPath;
  setting: Setting;
}): VNode {
  return (
    <div class="form-row">
      <NumberField
        setting={setting}
        label="US dollars per day"
        path={at("budget", "usd_per_day")}
      />
      <NumberField
        setting={setting}
        label="Requests per day"
        path={at("budget", "requests_per_day")}
      />
      <NumberField
        setting={setting}
        label="Ask before reading more new files than"
        path={at("confirm_above_files")}
      />
    </div>
  );
}

function DirectoryFields({
  at,
  isOnly,
  setting,
}: {
  at: YamlPath;
  isOnly: boolean;
  setting: Setting;
}): VNode {
  const watch = setting.read([...at, "watch"]);
  return (
    <div class="form-row">
      <TextField setting={setting} label="Directory" path={[...at, "path"]} isRequired />
      <NumberField setting={setting} label="Levels of subdirectories" path={[...at, "max_depth"]} />
      <Field label="Watched">
        <select
          data-draft={setting.typed.form}
          value={watch === false ? "no" : watch === "poll" ? "poll" : "yes"}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setting.write(
              [...at, "watch"],
              value === "yes" ? null : value === "no" ? false : value,
            );
          }}
        >
          <option value="yes">yes</option>
          <option value="poll">by polling (network shares)</option>
          <option value="no">no</option>
        </select>
      </Field>
      <SendsField at={[...at, "sends"]} setting={setting} />
      {isOnly ? null : (
        <button
          type="button"
          class="quiet"
          aria-label={`Remove directory ${escapeText(String(setting.read([...at, "path"])))}`}
          onClick={() => setting.remove(at)}
        >
          Remove
        </button>
      )}
    </div>
  );
}

const SENDS = [
  ["any", "the agent's model, wherever it is"],
  ["loopback", "models on this machine"],
  ["never", "no model"],
] as const;

/** To whom the files of a directory may be sent. A list of hosts is shown, and is written in the text. */
function SendsField({ at, setting }: { at: YamlPath; setting: Setting }): VNode {
  const sends = setting.read(at);
  const hosts = Array.isArray(sends) ? sends.map(String).join(", ") : undefined;
  return (
    <Field label="May be sent to">
      <select
        data-draft={setting.typed.form}
        value={typeof sends === "string" ? sends : hosts === undefined ? "" : "hosts"}
        onChange={(event) => {
          const { value } = event.currentTarget;
          if (value !== "hosts") setting.write(at, value === "" ? null : value);
        }}
      >
        <option value="">as for all directories</option>
        {SENDS.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
        {hosts === undefined ? null : <option value="hosts">{escapeText(`only ${hosts}`)}</option>}
      </select>
    </Field>
  );
}

function AddDirectory({
  id,
  at,
  setting,
}: {
  /** The agent. */
  id: string;
  at: YamlPath;
  setting: Setting;
}): VNode {
  const draft = useDraft(`Another directory of agent ${id}`);
  const path = draft.textOf("path", "").trim();
  return (
    <form
      class="add"
      onSubmit={(event) => {
        event.preventDefault();
        setting.add(at, { path });
        draft.discard();
      }}
    >
      <input
        aria-label={`Another directory of agent ${String(Number(at[1]) + 1)}`}
        placeholder="Another directory, starting with / or ~"
        spellcheck={false}
        {...draft.field("path")}
      />
      <button disabled={path === ""}>Add directory</button>
      <DraftNote of={draft} />
    </form>
  );
}

export function AddAgent({
  taken,
  setting,
}: {
  taken: readonly string[];
  setting: Setting;
}): VNode {
  const draft = useDraft("New agent");
  const name = draft.textOf("name", "").trim();
  const path = draft.textOf("path", "").trim();
  return (
    <section aria-labelledby="add-agent-title">
      <h2 id="add-agent-title">Add an agent</h2>
      <form
        class="add"
        onSubmit={(event) => {
          event.preventDefault();
          setting.add(["agents"], { id: toAgentId(name, taken), name, directories: [{ path }] });
          draft.discard();
        }}
      >
        <input aria-label="Name of a new agent" placeholder="Name" {...draft.field("name")} />
        <input
          aria-label="Directory of the new agent"
          placeholder="Directory, starting with / or ~"
          spellcheck={false}
          {...draft.field("path")}
        />
        <button disabled={name === "" || path === ""}>Add agent</button>
        <DraftNote of={draft} />
      </form>
    </section>
  );
}
