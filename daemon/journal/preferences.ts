import { RunnerError } from "../core/errors.ts";
import {
  MOST_PAGES,
  type Preferences,
  type PreferencesEdit,
  preferencesSchema,
} from "../protocol/preferences.ts";
import type { Journal } from "./open.ts";
import { readSetting, writeSetting } from "./settings.ts";

const NAME = "preferences";

/** How the page opens; what an older or newer version wrote and this one does not know counts as not set. */
export function readPreferences(journal: Journal): Preferences {
  return preferencesSchema.safeParse(readSetting(journal, NAME)).data ?? { filters: {} };
}

/** Changes what is given, and keeps the rest. @throws {RunnerError} invalid_request: too many pages */
export function changePreferences(journal: Journal, edit: PreferencesEdit): Preferences {
  return journal.transaction(() => {
    const merged = Object.entries({ ...readPreferences(journal).filters, ...edit.filters });
    const filters = merged.filter(([, query]) => query !== "");
    if (filters.length > MOST_PAGES) {
      throw new RunnerError(
        "invalid_request",
        `The filters of at most ${MOST_PAGES} pages are kept, got ${filters.length}.`,
        { hint: "Remove the filters of another page." },
      );
    }
    const changed = { filters: Object.fromEntries(filters) };
    writeSetting(journal, NAME, changed);
    return changed;
  });
}
