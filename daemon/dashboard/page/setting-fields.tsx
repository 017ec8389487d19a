import type { TargetedEvent, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { NamedModel } from "../../core/model-edit.ts";
import type { YamlPath, YamlValue } from "../../core/yaml-edit.ts";
import { Field } from "./field.tsx";
import type { FormDraft } from "./use-draft.ts";

/** How the fields of the form read and write the text of the config. */
export interface Setting {
  /** What is typed into fields and not in the text yet. */
  typed: FormDraft;
  read(path: YamlPath): unknown;
  /** null and "" remove the key, so that its default applies. */
  write(path: YamlPath, value: YamlValue): void;
  /** Adds an item to a list. */
  add(path: YamlPath, item: YamlValue): void;
  remove(path: YamlPath): void;
  /** Chooses the model of a model section. `before`: the one it had. */
  name(path: YamlPath, model: NamedModel | "rules", before: NamedModel): void;
}

type TextElement = HTMLInputElement | HTMLTextAreaElement;

/**
 * The props of a text field: what you type stays as you typed it, whatever is drawn anew meanwhile, and goes to `take`
 * when you leave the field.
 */
function useTypedSetting(
  { typed }: Setting,
  path: YamlPath,
  { value, take }: { value: string; take(text: string): void },
): ReturnType<FormDraft["field"]> & {
  ref(now: TextElement | null): void;
  onChange(event: TargetedEvent<TextElement>): void;
} {
  const name = path.join(".");
  const text = typed.held?.texts[name];
  const element = useRef<TextElement | null>(null);
  const end = (left: string): void => {
    if (left !== value) take(left);
    typed.unset(name);
  };
  // A text that was restored, or left as it was, has no event. One at a time, since each changes the whole text.
  useEffect(() => {
    const [first] = Object.keys(typed.held?.texts ?? {}).filter((one) => one !== "text");
    if (first !== name || text === undefined) return;
    if (document.activeElement !== element.current) end(text);
  });
  return {
    ref(now) {
      element.current = now;
    },
    ...typed.field(name, value),
    onChange: (event) => end(event.currentTarget.value),
  };
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
  const field = useTypedSetting(setting, path, {
    value: typeof value === "string" ? value : "",
    take: (next) => {
      if (!(isRequired && next.trim() === "")) setting.write(path, next);
    },
  });
  return (
    <Field label={label}>
      {rows > 1 ? <textarea rows={rows} {...field} /> : <input spellcheck={false} {...field} />}
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
  const field = useTypedSetting(setting, path, {
    value: typeof value === "number" ? String(value) : "",
    take: (text) => setting.write(path, text === "" ? null : Number(text)),
  });
  return (
    <Field label={label}>
      <input type="number" min={0} step="any" {...field} />
    </Field>
  );
}
