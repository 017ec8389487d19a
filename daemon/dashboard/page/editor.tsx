import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import type { ConfigView } from "../../protocol/config-view.ts";

/** A text with numbered lines; lines with a fault are marked. */
export function Editor({
  text,
  issues,
  onChange,
  form,
}: {
  text: string;
  /** The name of the form, whose draft the text is. */
  form: string;
  issues: ConfigView["issues"] | readonly ConfigView["issues"][number][];
  onChange(text: string): void;
}): VNode {
  const gutter = useRef<HTMLDivElement>(null);
  const bad = new Map(issues.map(({ line, message }) => [line, message]));
  const lines = text.split("\n").length;
  return (
    <div class="editor">
      <div class="gutter" ref={gutter} aria-hidden="true">
        {Array.from({ length: lines }, (_, index) => (
          <div
            key={index}
            class={bad.has(index + 1) ? "is-bad" : ""}
            title={bad.get(index + 1) ?? ""}
          >
            {index + 1}
          </div>
        ))}
      </div>
      <textarea
        class="code"
        aria-label="config.yaml"
        spellcheck={false}
        autocomplete="off"
        wrap="off"
        rows={Math.min(40, Math.max(16, lines + 1))}
        value={text}
        data-draft={form}
        aria-invalid={bad.size > 0}
        onInput={(event) => onChange(event.currentTarget.value)}
        onScroll={(event) => {
          if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
        onKeyDown={(event) => {
          if (event.key !== "Tab" || event.shiftKey || event.ctrlKey) return;
          // After Escape, Tab leaves the field as everywhere.
          const { selectionStart, selectionEnd, dataset } = event.currentTarget;
          if (dataset["leaves"] === "true") return;
          event.preventDefault();
          event.currentTarget.setRangeText("  ", selectionStart, selectionEnd, "end");
          onChange(event.currentTarget.value);
        }}
        onKeyUp={(event) => {
          event.currentTarget.dataset["leaves"] = String(event.key === "Escape");
        }}
      />
    </div>
  );
}
