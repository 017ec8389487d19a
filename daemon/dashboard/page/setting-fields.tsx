import type { VNode } from "preact";
import type { NamedModel } from "../../core/model-edit.ts";
import type { YamlPath, YamlValue } from "../../core/yaml-edit.ts";
import { Field } from "./field.tsx";

/** What a field of the form reads and writes of the text. */
export interface Setting {
  read(path: YamlPath): unknown;
  /** null takes the key away, so that its default holds. */
  write(path: YamlPath, value: YamlValue): void;
  /** One more item in a list. */
  add(path: YamlPath, item: YamlValue): void;
  remove(path: YamlPath): void;
  /** Another model in a model section, where another was asked `before`. */
  name(path: YamlPath, model: NamedModel | "rules", before: NamedModel): void;
}

export function TextField({
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

export function NumberField({
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
