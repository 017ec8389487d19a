import { createHash } from "node:crypto";
import type { Journal } from "./open.ts";

/** The name of the setting with the last tick of an agent's schedule. */
export function tickSetting(agentId: string): string {
  return `tick:${agentId}`;
}

/** The name of the setting with what was learned about a model at an endpoint. Hashed: the address may hold a secret. */
export function modelSetting(model: { base_url: string; name: string }): string {
  const place = createHash("sha256").update(JSON.stringify([model.base_url, model.name]));
  return `model:${place.digest("hex").slice(0, 16)}`;
}

/** The parsed value of a setting; undefined if it has none. */
export function readSetting(journal: Journal, name: string): unknown {
  const row = journal.get(
    journal.build.selectFrom("settings").select("value").where("name", "=", name),
  );
  return row === undefined ? undefined : (JSON.parse(row.value) as unknown);
}

/** Keeps the value of a setting (JSON) across restarts; undefined removes it. */
export function writeSetting(journal: Journal, name: string, value: unknown): void {
  if (value === undefined) {
    journal.run(journal.build.deleteFrom("settings").where("name", "=", name));
    return;
  }
  const row = { name, value: JSON.stringify(value) };
  journal.run(
    journal.build
      .insertInto("settings")
      .values(row)
      .onConflict((conflict) => conflict.column("name").doUpdateSet(row)),
  );
}
