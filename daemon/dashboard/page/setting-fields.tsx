import type { VNode } from "preact";
import type { NamedModel } from "../../core/model-edit.ts";
import type { YamlPath, YamlValue } from "../../core/yaml-edit.ts";
import { Field } from "./field.tsx";
import { useTyped } from "./typed.tsx";

/** How the fields of the form read and write the text of the config. */
export interface Setting {
  read(path: YamlPath): unknown;
  /** null and "" remove the key, so that its default applies. */
  write(path: YamlPath, value: YamlValue): void;
  /** Adds an item to a list. */
  add(path: YamlPath, item: YamlValue): void;
  remove(path: YamlPath): void;
  /** Chooses the model of a model section. `before`: the one it had. */
  name(path: YamlPath, model: NamedModel | "rules", before: NamedModel): void;
}

export function TextField({
  setting,
  label,
  path,
  rows = 1,
  isRequired = false,
}: {
  setting: Setting;
  label: string;
  path: YamlPath;
  rows?: number;
  isRequired?: boolean;
}): VNode {
  const value = setting.read(path);
  const text = typeof value === "string" ? value : "";
  const typed = useTyped(text, (next) => {
    if (next !== text && !(isRequired && next.trim() === "")) setting.write(path, next);
  });
  return (
    <Field label={label}>
      {rows > 1 ? <textarea rows={rows} {...typed} /> : <input spellcheck={false} {...typed} />}
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
  const typed = useTyped(typeof value === "number" ? String(value) : "", (text) =>
    setting.write(path, text === "" ? null : Number(text)),
  );
  return (
    <Field label={label}>
      <input type="number" min={0} step="any" {...typed} />
    </Field>
  );
}
