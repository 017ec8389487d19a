import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Verify } from "../../protocol/verify.ts";
import { ActionButton } from "./action.tsx";
import { get, withQuery } from "./api.ts";
import { formatCount, plural, sayCode } from "./format.ts";
import { escapeText, PathText } from "./inert.tsx";

/** Compares the journal with the disk, on demand: it reads every directory. */
export function VerifyAgent({ agentId }: { agentId: string }): VNode {
  const [found, setFound] = useState<Verify>();
  return (
    <section aria-labelledby="verify-title">
      <h2 id="verify-title">Verify</h2>
      {found === undefined ? (
        <p class="muted">Checks that no file was missed.</p>
      ) : (
        <Coverage of={found} />
      )}
      <div class="actions">
        <ActionButton
          act={async () =>
            setFound(await get<Verify>(withQuery("/api/verify", { agent_id: agentId })))
          }
        >
          Verify
        </ActionButton>
      </div>
    </section>
  );
}

function Coverage({ of: { complete, directories } }: { of: Verify }): VNode {
  return (
    <>
      <p class={complete ? "is-success" : "is-failed"}>
        {complete ? "No file was missed." : "Some files were missed; see below."}
      </p>
      <ul class="cards coverage">
        {directories.map(
          ({ path, online, on_disk, done, pending, failed, skipped, unaccounted, ignored }) => (
            <li key={path}>
              <code>{escapeText(path)}</code>
              <p class="muted">
                {online
                  ? `${plural(on_disk, "file")}: ${formatCount(done)} done, ${formatCount(pending)} pending, ${formatCount(failed)} failed, ${formatCount(skipped)} skipped`
                  : "not available now; its files wait"}
              </p>
              {unaccounted.length === 0 ? null : (
                <details open>
                  <summary>{plural(unaccounted.length, "file")} missed</summary>
                  <ul>
                    {unaccounted.slice(0, 200).map((file) => (
                      <li key={file}>
                        <PathText of={file} />
                      </li>
                    ))}
                  </ul>
                </details>
              )}
              {ignored.length === 0 ? null : (
                <details>
                  <summary>{plural(ignored.length, "directory", "directories")} not read</summary>
                  <ul>
                    {ignored.slice(0, 200).map((directory) => (
                      <li key={directory.path}>
                        {escapeText(directory.path)}{" "}
                        <span class="muted">{escapeText(sayCode(directory.reason))}</span>
                      </li>
                    ))}
                  </ul>
                </details>
              )}
            </li>
          ),
        )}
      </ul>
    </>
  );
}
