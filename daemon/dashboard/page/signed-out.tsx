import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { CALL } from "./call.ts";
import { useAllKept, useTypedTexts } from "./drafts.ts";
import { Command } from "./parts.tsx";
import type { TypedText } from "./typed-text.ts";
import { TypedTexts } from "./typed-texts.tsx";

/** How to go on in a tab that the running daemon doesn't know, and what was typed in it. */
export function SignedOut({ typed }: { typed: readonly TypedText[] }): VNode {
  const texts = useTypedTexts(typed);
  useEffect(() => {
    document.title = "Sign in · Agent Runner";
  }, []);
  return (
    <main class="signed-out">
      <h1>Sign in again</h1>
      <p>Agent Runner was restarted or has ended, or this tab is new. To go on, run:</p>
      <Command of={`${CALL} open`} />
      <p class="muted">
        Or choose “Open dashboard” in the menu of the tray icon. The page opens in a new tab.
      </p>
      <TypedTexts of={texts} areKept={useAllKept()} />
    </main>
  );
}
