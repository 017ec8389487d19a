import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import { describeError } from "./api.ts";
import { escapeText } from "./inert.tsx";
import { createStore, useStore } from "./store.ts";

interface Notice {
  key: number;
  kind: "said" | "failed";
  text: string;
  hint: string | null;
}

const notices = createStore<readonly Notice[]>([]);
const SHOWN_MS = 6_000;
let lastKey = 0;

/** Shows a message in a corner for some seconds. A screen reader reads it out. */
export function notify(
  text: string,
  kind: Notice["kind"] = "said",
  hint: string | null = null,
): void {
  const key = (lastKey += 1);
  notices.set([...notices.get(), { key, kind, text, hint }]);
  setTimeout(() => dismiss(key), kind === "said" ? SHOWN_MS : SHOWN_MS * 3);
}

/** Shows what was thrown, with its hint. */
export function notifyError(error: unknown): void {
  const { message, hint } = describeError(error);
  notify(message, "failed", hint);
}

function dismiss(key: number): void {
  notices.set(notices.get().filter((notice) => notice.key !== key));
}

/** The messages that are shown now. */
export function Notices(): VNode {
  const all = useStore(notices);
  return (
    <div class="notices" role="status" aria-live="polite">
      {all.map(({ key, kind, text, hint }) => (
        <div key={key} class={`notice ${kind}`}>
          <span>
            {escapeText(text)}
            {hint === null ? null : <small>{escapeText(hint)}</small>}
          </span>
          <button type="button" class="quiet" aria-label="Dismiss" onClick={() => dismiss(key)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}

/** A button that acts on the daemon. It is busy meanwhile, and shows what went wrong. */
export function ActionButton({
  act,
  done,
  ask,
  kind = "",
  label,
  disabled = false,
  children,
}: {
  act(): Promise<unknown>;
  /** Shown when it is done. */
  done?: string | undefined;
  /** A question to confirm before it acts. */
  ask?: string | undefined;
  kind?: "primary" | "danger" | "quiet" | "";
  label?: string;
  disabled?: boolean;
  children: ComponentChildren;
}): VNode {
  const [isBusy, setBusy] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const run = async (): Promise<void> => {
    setAsking(false);
    setBusy(true);
    try {
      await act();
      if (done !== undefined) notify(done);
    } catch (error) {
      notifyError(error);
    } finally {
      setBusy(false);
    }
  };
  if (isAsking) {
    return (
      <span class="asking" role="group" aria-label={ask}>
        <span>{ask}</span>
        <button type="button" class="danger" ref={focusOnce} onClick={() => void run()}>
          {children}
        </button>
        <button type="button" onClick={() => setAsking(false)}>
          Cancel
        </button>
      </span>
    );
  }
  return (
    <button
      type="button"
      class={kind}
      aria-label={label}
      title={label}
      aria-busy={isBusy}
      disabled={isBusy || disabled}
      onClick={() => (ask === undefined ? void run() : setAsking(true))}
    >
      {children}
    </button>
  );
}

const focusOnce = (element: HTMLElement | null): void => element?.focus();
