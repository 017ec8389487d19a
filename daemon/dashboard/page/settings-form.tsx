import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { OfferedModel, Page } from "../../protocol/api.ts";
import { notifyError } from "./action.tsx";
import { AddAgent, AgentFields } from "./agent-fields.tsx";
import { useResource } from "./data.ts";
import { escapeText, Text } from "./inert.tsx";
import { Waiting } from "./parts.tsx";
import { NumberField, type Setting, TextField } from "./setting-fields.tsx";
import type * as yamlEdit from "../../core/yaml-edit.ts";

type Yaml = typeof yamlEdit;

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
