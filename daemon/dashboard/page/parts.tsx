import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import type { Resource } from "./data.ts";
import { describeError } from "./api.ts";
import { formatFullInstant, formatInstant, sayCode } from "./format.ts";
import { escapeText } from "./inert.tsx";

/** A page's heading with its actions. */
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

/** Shows what a resource holds, that it is loading, or its error. */
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

/** Shown after a moment, so that a fast answer does not flicker. */
export function Waiting(): VNode {
  return (
    <p class="waiting" role="status">
      Loading…
    </p>
  );
}

/** What was thrown, with its hint and a way to try again. */
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

/** A hint; text in backticks is code. */
export function Hint({ of }: { of: string }): VNode {
  return (
    <p class="hint">
      {escapeText(of)
        .split("`")
        .map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
    </p>
  );
}

/** Shown in the place of an empty list. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): VNode {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** A state as a word, with its colour. */
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

/** An instant; pointing at it shows it in full. */
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

/** The way back from a thing to the list it is in. */
export function Crumb({ to, children }: { to: string; children: string }): VNode {
  return (
    <p class="crumb">
      <span aria-hidden="true">‹ </span>
      <a href={to}>{children}</a>
    </p>
  );
}

/** An error that a run, a file or an attempt ended with. */
export function Failure({
  of: { message, hint },
  children,
}: {
  of: { message: string; hint: string | null };
  children?: ComponentChildren;
}): VNode {
  return (
    <div class="fault">
      <p>{escapeText(message)}</p>
      {hint === null ? null : <Hint of={hint} />}
      {children}
    </div>
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
