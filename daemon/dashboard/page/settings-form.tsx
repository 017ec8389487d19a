import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { OfferedModel, Page } from "../../protocol/api.ts";
import { notifyError } from "./action.tsx";
import { useResource } from "./data.ts";
import { Field } from "./field.tsx";
import { escapeText, Text } from "./inert.tsx";
import { Waiting } from "./parts.tsx";
import type * as yamlEdit from "./yaml-edit.ts";
import type { Path, Value } from "./yaml-edit.ts";

type Yaml = typeof yamlEdit;

/** What a field of the form reads and writes of the text. */
interface Setting {
  read(path: Path): unknown;
  /** null takes the key away, so that its default holds. */
  write(path: Path, value: Value): void;
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
  useEffect(() => void import("./yaml-edit.ts").then(setYaml, notifyError), []);
  if (yaml === undefined) return <Waiting />;
  let agents: string[];
  try {
    agents = yaml.listAgents(text);
  } catch {
    return <p class="muted">The text is no YAML at the moment: mend it there.</p>;
  }
  const setting: Setting = {
    read: (path) => yaml.readAt(text, path),
    write(path, value) {
      try {
        onChange(
          value === null || value === ""
            ? yaml.removeAt(text, path)
            : yaml.writeAt(text, path, value),
        );
      } catch (error) {
        notifyError(error);
      }
    },
  };
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
        <AgentFields key={index} id={id} index={index} setting={setting} />
      ))}
      <p class="muted">All other settings stand in the text; comments stay as you wrote them.</p>
    </>
  );
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
  const at = (...path: Path): Path => ["agents", index, ...path];
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
          <div class="form-row" key={place}>
            <TextField
              setting={setting}
              label="Directory"
              path={at("directories", place, "path")}
              isNeeded
            />
          </div>
        ))}
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
      </div>
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
  path: Path;
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
  path: Path;
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
