/** How you left each list, kept by the daemon, so that it opens like that again after a restart. */
import type { Preferences } from "../../protocol/preferences.ts";
import { notifyError } from "./action.tsx";
import { get, request } from "./api.ts";
import { followToken } from "./session.ts";
import { createStore } from "./store.ts";

const PREFERENCES = "/api/preferences";

/** The query that each list opens with, by its path; undefined: not known yet. */
export const keptFilters = createStore<Preferences["filters"] | undefined>(undefined);

/** Reads them at each sign-in. */
export function startPreferences(): void {
  followToken((token) => {
    if (token === "") return;
    get<Preferences>(PREFERENCES).then(
      ({ filters }) => keptFilters.set(filters),
      // The page opens without them.
      () => keptFilters.set(keptFilters.get() ?? {}),
    );
  });
}

/** Keeps a choice of a list. @param value empty: the usual one */
export function keepFilter(path: string, name: string, value: string): void {
  const known = keptFilters.get() ?? {};
  const query = new URLSearchParams(known[path]);
  if (value === "") query.delete(name);
  else query.set(name, value);
  const filters = { [path]: query.toString() };
  keptFilters.set({ ...known, ...filters });
  request(PREFERENCES, { method: "PATCH", body: { filters } }).catch(notifyError);
}
