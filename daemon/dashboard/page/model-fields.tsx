import type { VNode } from "preact";
import type { YamlPath } from "../../core/yaml-edit.ts";
import type { OfferedModel } from "../../protocol/api.ts";
import { Field } from "./field.tsx";
import { escapeText, Text } from "./inert.tsx";
import { type Setting, TextField } from "./setting-fields.tsx";

const OF_ALL: YamlPath = ["model"];

interface Asked {
  provider: string;
  base_url: string;
  name: string;
}

// The defaults of the config, as in `daemon/protocol/agent.ts`.
const DEFAULT: Asked = {
  provider: "rules",
  base_url: "https://api.openai.com/v1",
  name: "gpt-4.1",
};

/** The model that a model section names; `otherwise` fills what it leaves out. */
function readModel(setting: Setting, at: YamlPath, otherwise: Asked): Asked {
  const read = (key: keyof Asked): string => {
    const value = setting.read([...at, key]);
    return typeof value === "string" ? value : otherwise[key];
  };
  return { provider: read("provider"), base_url: read("base_url"), name: read("name") };
}

/** The default model, for agents without one of their own. */
export function ModelFields({
  setting,
  offered,
}: {
  setting: Setting;
  /** The models found; undefined: still looking. */
  offered: readonly OfferedModel[] | undefined;
}): VNode {
  const asked = readModel(setting, OF_ALL, DEFAULT);
  const isRules = asked.provider === "rules";
  const choose = (model: OfferedModel | "rules"): void => setting.name(OF_ALL, model, asked);
  return (
    <section aria-labelledby="model-title">
      <h2 id="model-title">Default model</h2>
      <ul class="cards models">
        <ModelChoice
          isUsed={isRules}
          title="Built-in rules"
          about="not a language model; nothing leaves this machine"
          onPick={() => choose("rules")}
        />
        {(offered ?? []).map((model) => (
          <ModelChoice
            key={keyOf(model)}
            isUsed={!isRules && keyOf(model) === keyOf(asked)}
            title={model.name}
            about={aboutModel(model)}
            onPick={() => choose(model)}
          />
        ))}
      </ul>
      {offered === undefined ? <p class="waiting">Looking for model servers…</p> : null}
      {isRules ? null : <EndpointFields setting={setting} at={OF_ALL} />}
    </section>
  );
}

/** The model of one agent, if it differs from the default model. */
export function AgentModelFields({
  setting,
  at,
  offered,
}: {
  setting: Setting;
  at: YamlPath;
  offered: readonly OfferedModel[];
}): VNode {
  const ofAll = readModel(setting, OF_ALL, DEFAULT);
  const asked = readModel(setting, at, ofAll);
  const hasOwn = setting.read(at) !== undefined;
  const isOwnRules = hasOwn && asked.provider === "rules";
  const chosen = !hasOwn ? "" : isOwnRules ? "rules" : keyOf(asked);
  const choose = (key: string): void => {
    const model = offered.find((one) => keyOf(one) === key);
    if (key === "") setting.remove(at);
    else if (key === "rules") setting.name(at, "rules", asked);
    else if (model !== undefined) setting.name(at, model, asked);
  };
  return (
    <>
      <Field label="Model">
        <select
          data-draft={setting.typed.form}
          value={chosen}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">default model</option>
          <option value="rules">built-in rules</option>
          {!hasOwn || isOwnRules || offered.some((one) => keyOf(one) === chosen) ? null : (
            <option value={chosen}>{escapeText(`${asked.name} · ${asked.base_url}`)}</option>
          )}
          {offered.map((model) => (
            <option key={keyOf(model)} value={keyOf(model)}>
              {escapeText(`${model.name} · ${aboutModel(model)}`)}
            </option>
          ))}
        </select>
      </Field>
      {hasOwn && !isOwnRules ? <EndpointFields setting={setting} at={at} /> : null}
    </>
  );
}

function EndpointFields({ setting, at }: { setting: Setting; at: YamlPath }): VNode {
  return (
    <div class="form">
      <div class="form-row">
        <TextField setting={setting} label="Endpoint (base_url)" path={[...at, "base_url"]} />
        <TextField setting={setting} label="Model name" path={[...at, "name"]} />
        <TextField
          setting={setting}
          label="API key, as ${NAME} from the environment or secrets.env"
          path={[...at, "api_key"]}
        />
      </div>
      <p class="muted">
        A key itself is never kept before you save; type it again after a restart.
      </p>
    </div>
  );
}

const keyOf = ({ base_url, name }: Pick<OfferedModel, "base_url" | "name">): string =>
  `${base_url} ${name}`;

function aboutModel({ server, base_url, calls_tools, is_cloud }: OfferedModel): string {
  return [
    server === null ? "from the config" : `${server.replaceAll("_", " ")} on this machine`,
    base_url,
    is_cloud ? "runs in the cloud" : "",
    calls_tools === false ? "its server says that it cannot call tools, so its files wait" : "",
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
