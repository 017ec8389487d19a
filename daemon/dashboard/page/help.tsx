import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { helpShown, PAGES } from "./keys.ts";
import { useStore } from "./store.ts";

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ...PAGES.map(([key, , name]) => [key === "/" ? key : `g ${key}`, name] as const),
  ["j k", "Next and previous row"],
  ["Enter", "Open the row"],
  ["?", "Show these keys"],
];

export function Help(): VNode {
  const isShown = useStore(helpShown);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isShown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isShown]);
  return (
    <dialog ref={dialog} aria-labelledby="keys-title" onClose={() => helpShown.set(false)}>
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button>Close</button>
      </form>
    </dialog>
  );
}
