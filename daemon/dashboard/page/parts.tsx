import type { ComponentChildren, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Resource } from "./data.ts";
import { describeError } from "./api.ts";
import { formatFullInstant, formatInstant, sayCode } from "./format.ts";
import { escapeText } from "./inert.tsx";

/** A page's heading with what can be done there. */
export function Head({
  title,
  children,
}: {
  title: ComponentChildren;
  children?: ComponentChildren;
}): VNode {
  return (
    <header class="head">
      <h1>{title}</h1>
      {children === undefined ? null : <div class="actions">{children}</div>}
    </header>
  );
}

/** What a resource gives, or that it is on its way, or why there is none. */
export function Loaded<T>({
  of,
  children,
}: {
  of: Resource<T>;
  children(value: T): ComponentChildren;
}): VNode {
  if (of.value !== undefined) return <>{children(of.value)}</>;
  if (of.error !== undefined) return <Fault error={of.error} retry={of.reload} />;
  return <Waiting />;
}

/** Shown late, so that what comes at once does not flicker. */
export function Waiting(): VNode {
  return (
    <p class="waiting" role="status">
      Loading…
    </p>
  );
}

export function Fault({ error, retry }: { error: unknown; retry?: () => void }): VNode {
  const { message, hint } = describeError(error);
  return (
    <div class="fault" role="alert">
      <p>{escapeText(message)}</p>
      {hint === null ? null : <Hint of={hint} />}
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** A hint; what stands in backticks is a command. */
export function Hint({ of }: { of: string }): VNode {
  return (
    <p class="hint">
      {escapeText(of)
        .split("`")
        .map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
    </p>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }): VNode {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** A state by its word, with a colour that says the same. */
export function State({ of, reason }: { of: string; reason?: string | null }): VNode {
  return (
    <span class={`state is-${of}`}>
      {sayCode(of)}
      {reason === null || reason === undefined ? null : (
        <span class="reason"> {escapeText(sayCode(reason))}</span>
      )}
    </span>
  );
}

export function When({ at }: { at: string }): VNode {
  return (
    <time dateTime={at} title={formatFullInstant(at)}>
      {formatInstant(at)}
    </time>
  );
}

/** Names and values beside each other. */
export function Facts({ of }: { of: readonly (readonly [string, ComponentChildren])[] }): VNode {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A choice of few, as part of a list's filters. */
export function Choice({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  onChange(value: string): void;
}): VNode {
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

const TYPING_MS = 250;

/** A filter that is typed; it counts once typing rests. */
export function TypedFilter({
  label,
  value,
  onChange,
  placeholder = "",
}: {
  label: string;
  value: string;
  onChange(value: string): void;
  placeholder?: string;
}): VNode {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label class="choice grow">
      <span>{label}</span>
      <input
        type="search"
        value={text}
        placeholder={placeholder}
        spellcheck={false}
        data-search
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </label>
  );
}

/** A command to copy. */
export function Command({ of }: { of: string }): VNode {
  const [isCopied, setCopied] = useState(false);
  return (
    <span class="command">
      <code>{of}</code>
      <button
        type="button"
        class="quiet"
        onClick={() => void navigator.clipboard.writeText(of).then(() => setCopied(true))}
      >
        {isCopied ? "Copied" : "Copy"}
      </button>
    </span>
  );
}
