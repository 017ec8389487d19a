import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { OfferedModel, Page } from "../../protocol/api.ts";
import { toAgentId } from "../../core/agent-id.ts";
import { ActionButton, notifyError } from "./action.tsx";
import { useResource } from "./data.ts";
import { Field } from "./field.tsx";
import { escapeText, Text } from "./inert.tsx";
import { Waiting } from "./parts.tsx";
import type * as yamlEdit from "../../core/yaml-edit.ts";
import type { YamlPath, YamlValue } from "../../core/yaml-edit.ts";

type Yaml = typeof yamlEdit;

/** What a field of the form reads and writes of the text. */
interface Setting {
  read(path: YamlPath): unknown;
  /** null takes the key away, so that its default holds. */
  write(path: YamlPath, value: YamlValue): void;
  /** One more item in a list. */
  add(path: YamlPath, item: YamlValue): void;
  remove(path: YamlPath): void;
}

/** The settings that most people change; the text has all of them. */
export function SettingsForm({
  text,
  onChange,
}: {
  text: string;
  onChange(text: string): void;
}): VNode {
  const [yaml, setYaml] = useState<Yaml>();
  useEffect(() => void import("../../core/yaml-edit.ts").then(setYaml, notifyError), []);
  if (yaml === undefined) return <Waiting />;
  const edit = (act: () => string): void => {
    try {
      onChange(act());
    } catch (error) {
      notifyError(error);
    }
  };
  const setting: Setting = {
    read: (path) => yaml.readAt(text, path),
    write: (path, value) =>
      edit(() =>
        value === null || value === ""
          ? yaml.removeAt(text, path)
          : yaml.writeAt(text, path, value),
      ),
    add: (path, item) => edit(() => yaml.addItem(text, path, item)),
    remove: (path) => edit(() => yaml.removeAt(text, path)),
  };
  let agents: string[];
  try {
    agents = listIds(setting.read(["agents"]));
  } catch {
    return <p class="muted">The text is no YAML at the moment: mend it there.</p>;
  }
  return (
    <>
      <ModelFields setting={setting} onPick={(model) => onChange(pick(yaml, text, model))} />
      <section aria-labelledby="budget-title">
        <h2 id="budget-title">Budget of all agents, per day</h2>
        <div class="form form-row">
          <NumberField setting={setting} label="US dollars" path={["budget", "usd_per_day"]} />
          <NumberField setting={setting} label="Requests" path={["budget", "requests_per_day"]} />
          <NumberField setting={setting} label="Tokens" path={["budget", "tokens_per_day"]} />
        </div>
      </section>
      {agents.map((id, index) => (
        <AgentFields key={`${index} ${id}`} id={id} index={index} setting={setting} />
      ))}
      <AddAgent taken={agents} setting={setting} />
      <p class="muted">All other settings stand in the text; comments stay as you wrote them.</p>
    </>
  );
}

/** The agents' ids in their order; an entry without one counts too. */
function listIds(agents: unknown): string[] {
  if (!Array.isArray(agents)) return [];
  return agents.map((agent: unknown) => {
    const id: unknown = typeof agent === "object" && agent !== null && Reflect.get(agent, "id");
    return typeof id === "string" ? id : "";
  });
}

function pick(yaml: Yaml, text: string, model: OfferedModel | "rules"): string {
  if (model === "rules") return yaml.writeAt(text, ["model", "provider"], "rules");
  let next = yaml.writeAt(text, ["model", "provider"], "openai");
  const isMoved = yaml.readAt(text, ["model", "base_url"]) !== model.base_url;
  next = yaml.writeAt(next, ["model", "base_url"], model.base_url);
  next = yaml.writeAt(next, ["model", "name"], model.name);
  // A key of one endpoint is never sent to another.
  return isMoved && model.server !== null ? yaml.writeAt(next, ["model", "api_key"], null) : next;
}

function ModelFields({
  setting,
  onPick,
}: {
  setting: Setting;
  onPick(model: OfferedModel | "rules"): void;
}): VNode {
  const models = useResource<Page<OfferedModel>>("/api/models");
  const provider = setting.read(["model", "provider"]) ?? "rules";
  const isRules = provider === "rules";
  const name = setting.read(["model", "name"]);
  const url = setting.read(["model", "base_url"]);
  const isUsed = (model: OfferedModel): boolean =>
    !isRules && model.name === name && model.base_url === url;
  return (
    <section aria-labelledby="model-title">
      <h2 id="model-title">Model</h2>
      <ul class="cards models">
        <ModelChoice
          isUsed={isRules}
          title="Built-in rules"
          about="not a language model; nothing leaves this machine"
          onPick={() => onPick("rules")}
        />
        {(models.value?.items ?? []).map((model) => (
          <ModelChoice
            key={`${model.base_url} ${model.name}`}
            isUsed={isUsed(model)}
            title={model.name}
            about={aboutModel(model)}
            onPick={() => onPick(model)}
          />
        ))}
      </ul>
      {models.value === undefined ? <p class="waiting">Looking for model servers…</p> : null}
      {isRules ? null : (
        <div class="form form-row">
          <TextField setting={setting} label="Endpoint (base_url)" path={["model", "base_url"]} />
          <TextField setting={setting} label="Name" path={["model", "name"]} />
          <TextField
            setting={setting}
            label="Key, as ${NAME} of the environment or secrets.env"
            path={["model", "api_key"]}
          />
        </div>
      )}
    </section>
  );
}

function aboutModel({ server, base_url, calls_tools, is_cloud }: OfferedModel): string {
  return [
    server === null ? "of the config" : `${server.replaceAll("_", " ")} on this machine`,
    base_url,
    is_cloud ? "runs in the cloud" : "",
    calls_tools === false ? "calls no tools: it cannot record anything" : "",
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

function ModelChoice({
  isUsed,
  title,
  about,
  onPick,
}: {
  isUsed: boolean;
  title: string;
  about: string;
  onPick(): void;
}): VNode {
  return (
    <li>
      <label class="model">
        <input type="radio" name="model" checked={isUsed} onChange={onPick} />
        <span>
          <strong>
            <Text of={title} />
          </strong>{" "}
          <span class="muted">{escapeText(about)}</span>
        </span>
      </label>
    </li>
  );
}

function AgentFields({
  id,
  index,
  setting,
}: {
  id: string;
  index: number;
  setting: Setting;
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
          <Field label="Enabled">
            <select
              value={setting.read(at("enabled")) === false ? "no" : "yes"}
              onChange={(event) =>
                setting.write(at("enabled"), event.currentTarget.value === "no" ? false : null)
              }
            >
              <option>yes</option>
              <option>no</option>
            </select>
          </Field>
        </div>
        {Array.from({ length: count }, (_, place) => (
          <DirectoryFields
            key={`${place} of ${count}`}
            at={at("directories", place)}
            isOnly={count === 1}
            setting={setting}
          />
        ))}
        <AddDirectory at={at("directories")} setting={setting} />
        <TextField
          setting={setting}
          label="Instructions, for a language model"
          path={at("instructions")}
          rows={3}
        />
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
            label="Ask above so many files"
            path={at("confirm_above_files")}
          />
        </div>
        <p>
          <ActionButton
            kind="danger"
            label={`Remove agent ${escapeText(id)}`}
            ask="Remove it from the config? Its notes, tasks and projects stay."
            act={async () => setting.remove(at())}
          >
            Remove agent
          </ActionButton>
        </p>
      </div>
    </section>
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
      <TextField setting={setting} label="Directory" path={[...at, "path"]} isNeeded />
      <NumberField setting={setting} label="How deep" path={[...at, "max_depth"]} />
      <Field label="Watched">
        <select
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
          <option value="poll">by looking again and again (network shares)</option>
          <option value="no">no</option>
        </select>
      </Field>
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

function AddDirectory({ at, setting }: { at: YamlPath; setting: Setting }): VNode {
  const [path, setPath] = useState("");
  return (
    <form
      class="add"
      onSubmit={(event) => {
        event.preventDefault();
        setting.add(at, { path: path.trim() });
        setPath("");
      }}
    >
      <input
        aria-label={`Another directory of agent ${String(Number(at[1]) + 1)}`}
        placeholder="Another directory, from / or ~"
        value={path}
        spellcheck={false}
        onInput={(event) => setPath(event.currentTarget.value)}
      />
      <button disabled={path.trim() === ""}>Add directory</button>
    </form>
  );
}

function AddAgent({ taken, setting }: { taken: readonly string[]; setting: Setting }): VNode {
  const [name, setName] = useState("");
  const [path, setPath] = useState("");
  const add = (): void => {
    const directories = [{ path: path.trim() }];
    setting.add(["agents"], { id: toAgentId(name, taken), name: name.trim(), directories });
    setName("");
    setPath("");
  };
  return (
    <section aria-labelledby="add-agent-title">
      <h2 id="add-agent-title">Another agent</h2>
      <form
        class="add"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <input
          aria-label="Name of a new agent"
          placeholder="Name"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <input
          aria-label="Directory of the new agent"
          placeholder="Directory, from / or ~"
          value={path}
          spellcheck={false}
          onInput={(event) => setPath(event.currentTarget.value)}
        />
        <button disabled={name.trim() === "" || path.trim() === ""}>Add agent</button>
      </form>
    </section>
  );
}

function TextField({
  setting,
  label,
  path,
  rows = 1,
  isNeeded = false,
}: {
  setting: Setting;
  label: string;
  path: YamlPath;
  rows?: number;
  isNeeded?: boolean;
}): VNode {
  const value = setting.read(path);
  const text = typeof value === "string" ? value : "";
  const write = (next: string): void => {
    if (next !== text && !(isNeeded && next.trim() === "")) setting.write(path, next);
  };
  return (
    <Field label={label}>
      {rows > 1 ? (
        <textarea rows={rows} value={text} onChange={(event) => write(event.currentTarget.value)} />
      ) : (
        <input
          value={text}
          spellcheck={false}
          onChange={(event) => write(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function NumberField({
  setting,
  label,
  path,
}: {
  setting: Setting;
  label: string;
  path: YamlPath;
}): VNode {
  const value = setting.read(path);
  return (
    <Field label={label}>
      <input
        type="number"
        min={0}
        step="any"
        value={typeof value === "number" ? value : ""}
        onChange={(event) => {
          const text = event.currentTarget.value;
          setting.write(path, text === "" ? null : Number(text));
        }}
      />
    </Field>
  );
}
