import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { CALL } from "./call.ts";
import { useTypedTexts } from "./drafts.ts";
import { connection } from "./live.ts";
import { Command } from "./parts.tsx";
import { useStore } from "./store.ts";
import { readTypedText } from "./typed-text.ts";
import { TypedTexts } from "./typed-texts.tsx";

// A restart of the network or a busy daemon is over sooner.
const LOST_AFTER_MS = 5_000;

/** Whether the daemon has not answered for a while. */
export function useLost(): boolean {
  const state = useStore(connection);
  const isAway = state === "lost" || state === "connecting";
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    if (!isAway) return setLost(false);
    const timer = setTimeout(() => setLost(true), LOST_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isAway]);
  return isLost;
}

/** Says that the daemon does not answer, and how to go on. What was typed stays, and can be copied. */
export function Lost(): VNode {
  const [here, setHere] = useState(readTypedText);
  const typed = useTypedTexts(here);
  useEffect(() => {
    const read = (): void => setHere(readTypedText());
    document.addEventListener("input", read);
    return () => document.removeEventListener("input", read);
  }, []);
  return (
    <div class="fault lost" role="alert">
      <p>
        <strong>Agent Runner doesn’t answer.</strong> What you see here may be old, and nothing can
        be saved. This page goes on by itself when it answers again. If you restarted it, run:
      </p>
      <Command of={`${CALL} open`} />
      <TypedTexts of={typed} />
    </div>
  );
}
