import { keptFilters } from "./preferences.ts";
import { createStore, useStore } from "./store.ts";
import { forgetTypedText } from "./typed-text.ts";

/** The address: the parts of its path, and its filters. */
export interface Place {
  /** E.g. `["runs", "run_1"]`; empty: the overview. */
  parts: readonly string[];
  query: Readonly<Record<string, string>>;
}

const place = createStore<Place>(readPlace());

function readPlace(): Place {
  return {
    parts: location.pathname
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent),
    query: Object.fromEntries(new URLSearchParams(location.search)),
  };
}

/** Handles back and forward, and every link to the page itself. */
export function startRouter(): void {
  window.addEventListener("popstate", arrive);
  keptFilters.follow(arrive);
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (link === null || !isPlain || link.target !== "" || event.defaultPrevented) return;
    if (link.origin !== location.origin) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}

/** Goes to an address of the page, as a link does. */
export function navigate(address: string): void {
  history.pushState(null, "", address);
  arrive();
  window.scrollTo(0, 0);
  document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true });
}

/** Shows the page of the address; a list without filters opens as it was left. */
function arrive(): void {
  const kept = keptFilters.get()?.[location.pathname] ?? "";
  if (location.search === "" && kept !== "") history.replaceState(null, "", `?${kept}`);
  const before = place.get().parts.join("/");
  place.set(readPlace());
  if (place.get().parts.join("/") !== before) forgetTypedText();
}

/** Changes filters in the address; an empty one is removed. It adds no step to the history. */
export function setFilters(changes: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") query.delete(name);
    else query.set(name, value);
  }
  history.replaceState(null, "", query.size === 0 ? location.pathname : `?${query.toString()}`);
  place.set(readPlace());
}

export const usePlace = (): Place => useStore(place);
