import type { VNode } from "preact";
import type { Source } from "../../protocol/entity.ts";
import { escapeLines, PathText } from "./inert.tsx";

/** The files an entity rests on, each with the passage as the model gave it. */
export function Sources({ of }: { of: readonly Source[] }): VNode | null {
  if (of.length === 0) return null;
  return (
    <section aria-labelledby="sources-title">
      <h2 id="sources-title">Where it comes from</h2>
      <ul class="cards sources">
        {of.map(({ file_id, path, quote, verified, run_id }) => (
          <li key={file_id}>
            <a href={`/files/${encodeURIComponent(file_id)}`}>
              <PathText of={path} />
            </a>
            {quote === null ? null : (
              <blockquote>
                {escapeLines(quote)}
                {verified ? null : (
                  <span class="muted"> (not found in the file word for word)</span>
                )}
              </blockquote>
            )}
            <a class="muted" href={`/runs/${encodeURIComponent(run_id)}`}>
              its run
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
