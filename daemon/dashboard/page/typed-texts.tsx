import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import type { TypedText } from "./typed-text.ts";

/** What was typed and not saved, each text with a button that copies it; nothing where nothing was typed. */
export function TypedTexts({
  of: typed,
  areKept = false,
}: {
  of: readonly TypedText[];
  /** The daemon has all of it that was typed into forms. */
  areKept?: boolean;
}): VNode | null {
  if (typed.length === 0) return null;
  return (
    <section aria-label="What you typed">
      <h2>What you typed here is not saved</h2>
      <p>
        {areKept
          ? "What you typed into forms was kept: it is there again once you sign in."
          : "Copy it before you close this tab."}
      </p>
      {typed.map((one, index) => (
        <KeptText key={index} of={one} />
      ))}
    </section>
  );
}

/** A text to copy. */
export function KeptText({ of: { label, text } }: { of: TypedText }): VNode {
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
