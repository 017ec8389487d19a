import type { Control } from "../api/control.ts";
import type { ConfigFile } from "../config/config-file.ts";
import { type Clock, toInstant } from "../core/clock.ts";
import { discardDraft, keepDraft } from "../journal/drafts.ts";
import type { Journal } from "../journal/open.ts";
import { changePreferences } from "../journal/preferences.ts";
import { CONFIG_FORM } from "../protocol/config-form.ts";

export interface KeepingOptions {
  journal: Journal;
  clock: Clock;
  configFile: ConfigFile;
}

/** Keeps what is typed into the page. No key of the config is kept. */
export function createKeeping({
  journal,
  clock,
  configFile,
}: KeepingOptions): Pick<Control, "keepDraft" | "discardDraft" | "changePreferences"> {
  return {
    keepDraft(draftId, body) {
      const isConfig = body.page === CONFIG_FORM.page && body.form === CONFIG_FORM.form;
      const texts = isConfig ? configFile.withoutTypedKeys(body.texts) : body.texts;
      const without_keys = Object.entries(body.texts).some(([name, text]) => texts[name] !== text);
      const updated_at = toInstant(clock.now());
      keepDraft(journal, draftId, { ...body, texts, without_keys }, updated_at);
      return { draft_id: draftId, without_keys, updated_at };
    },
    discardDraft: (draftId) => discardDraft(journal, draftId),
    changePreferences: (edit) => changePreferences(journal, edit),
  };
}
