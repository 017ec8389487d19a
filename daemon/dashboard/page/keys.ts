import { navigate } from "./router.ts";
import { createStore } from "./store.ts";

/** Whether the list of keys is shown. */
export const helpShown = createStore(false);

/** The pages, in the order of the menu: the key after `g`, the address, the name. */
export const PAGES = [
  ["o", "/", "Overview"],
  ["/", "/search", "Search"],
  ["t", "/tasks", "Tasks"],
  ["n", "/notes", "Notes"],
  ["p", "/projects", "Projects"],
  ["f", "/files", "Files"],
  ["r", "/runs", "Runs"],
  ["u", "/usage", "Usage"],
  ["a", "/agents", "Agents"],
  ["s", "/settings", "Settings"],
] as const;

const CHORD_MS = 1_500;

/** Keys that work everywhere except in fields. */
export function startKeys(): void {
  let chordUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]") !== null) return;
    const { key } = event;
    if (Date.now() < chordUntil) {
      chordUntil = 0;
      const page = PAGES.find(([letter]) => letter === key);
      if (page !== undefined) {
        event.preventDefault();
        navigate(page[1]);
      }
      return;
    }
    if (key === "g") chordUntil = Date.now() + CHORD_MS;
    else if (key === "?") helpShown.set(true);
    else if (key === "/") {
      event.preventDefault();
      const field = document.querySelector<HTMLInputElement>("[data-search]");
      if (field === null) navigate("/search");
      else field.select();
    } else if (key === "j" || key === "k") moveRow(key === "j" ? 1 : -1);
  });
}

function isTyping(target: EventTarget | null): boolean {
  const fields = "input:not([type=checkbox], [type=radio]), textarea, select";
  return target instanceof HTMLElement && target.closest(fields) !== null;
}

/** Moves the focus to the next or previous row of a list. */
function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]")];
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[current === -1 ? (step === 1 ? 0 : rows.length - 1) : current + step];
  const target = next?.matches("a, button") ? next : next?.querySelector<HTMLElement>("a, button");
  target?.focus();
}
