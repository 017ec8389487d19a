import type { VNode } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { CALL } from "./call.ts";
import { Command } from "./parts.tsx";
import type { TypedText } from "./typed-text.ts";

/** How to go on in a tab that the running daemon doesn't know, and what was typed in it. */
export function SignedOut({ typed }: { typed: readonly TypedText[] }): VNode {
  useEffect(() => {
    document.title = "Sign in · Agent Runner";
  }, []);
  return (
    <main class="signed-out">
      <h1>Sign in again</h1>
      <p>Agent Runner was restarted, or this tab is new. To go on, run:</p>
      <Command of={`${CALL} open`} />
      <p class="muted">
        Or choose “Open dashboard” in the menu of the tray icon. The page opens in a new tab.
      </p>
      {typed.length === 0 ? null : (
        <section aria-label="What you typed">
          <h2>What you typed here is not saved</h2>
          <p>Copy it before you close this tab.</p>
          {typed.map((one, index) => (
            <Kept key={index} of={one} />
          ))}
        </section>
      )}
    </main>
  );
}

function Kept({ of: { label, text } }: { of: TypedText }): VNode {
  const [isCopied, setCopied] = useState(false);
  const id = useId();
  const act = isCopied ? "Copied" : "Copy";
  return (
    <div class="kept">
      <label for={id}>{label}</label>
      <textarea id={id} readOnly rows={Math.min(12, text.split("\n").length)} value={text} />
      <button
        type="button"
        aria-label={`${act}: ${label}`}
        onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      >
        {act}
      </button>
    </div>
  );
}
