import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { OfferedModel, Page } from "../../protocol/api.ts";
import { notifyError } from "./action.tsx";
import { AddAgent, AgentFields } from "./agent-fields.tsx";
import { useResource } from "./data.ts";
import { ModelFields } from "./model-fields.tsx";
import { Waiting } from "./parts.tsx";
import { NumberField, type Setting } from "./setting-fields.tsx";
import type { FormDraft } from "./use-draft.ts";

// The parser is large, and only this form needs it.
const loadEdits = async () => ({
  ...(await import("../../core/yaml-edit.ts")),
  ...(await import("../../core/model-edit.ts")),
});
type Edits = Awaited<ReturnType<typeof loadEdits>>;

/** The settings that most people change; the text has all settings. */
export function SettingsForm({
  text,
  onChange,
  typed,
}: {
  text: string;
  onChange(text: string): void;
  /** What is typed into fields and not in the text yet. */
  typed: FormDraft;
}): VNode {
  const models = useResource<Page<OfferedModel>>("/api/models");
  const [yaml, setYaml] = useState<Edits>();
  useEffect(() => void loadEdits().then(setYaml, notifyError), []);
  if (yaml === undefined) return <Waiting />;
  const edit = (act: () => string): void => {
    try {
      onChange(act());
    } catch (error) {
      notifyError(error);
    }
  };
  const setting: Setting = {
    typed,
    read: (path) => yaml.readAt(text, path),
    write: (path, value) =>
      edit(() =>
        value === null || value === ""
          ? yaml.removeAt(text, path)
          : yaml.writeAt(text, path, value),
      ),
    add: (path, item) => edit(() => yaml.addItem(text, path, item)),
    remove: (path) => edit(() => yaml.removeAt(text, path)),
    name: (path, model, before) => edit(() => yaml.writeModel(text, path, model, before)),
  };
  let agents: string[];
  try {
    agents = listIds(setting.read(["agents"]));
  } catch {
    return <p class="muted">This text is not valid YAML. Correct it under Text.</p>;
  }
  return (
    <>
      <ModelFields setting={setting} offered={models.value?.items} />
      <section aria-labelledby="budget-title">
        <h2 id="budget-title">Daily budget of all agents</h2>
        <div class="form form-row">
          <NumberField setting={setting} label="US dollars" path={["budget", "usd_per_day"]} />
          <NumberField setting={setting} label="Requests" path={["budget", "requests_per_day"]} />
          <NumberField setting={setting} label="Tokens" path={["budget", "tokens_per_day"]} />
        </div>
      </section>
      {agents.map((id, index) => (
        <AgentFields
          key={`${index} ${id}`}
          id={id}
          index={index}
          setting={setting}
          offered={models.value?.items ?? []}
        />
      ))}
      <AddAgent taken={agents} setting={setting} />
      <p class="muted">Find all other settings under Text. Your comments stay as you wrote them.</p>
    </>
  );
}

/** The agents' ids in order; an agent without an id gives an empty text. */
function listIds(agents: unknown): string[] {
  if (!Array.isArray(agents)) return [];
  return agents.map((agent: unknown) => {
    const id: unknown = typeof agent === "object" && agent !== null && Reflect.get(agent, "id");
    return typeof id === "string" ? id : "";
  });
}
