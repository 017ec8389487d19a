import { createHash } from "node:crypto";
import type { Journal } from "./open.ts";

/** The name under which the last tick of an agent's schedule is kept. */
export function tickSetting(agentId: string): string {
  return `tick:${agentId}`;
}

/** The name under which is kept what was learned of a model at an endpoint; the address may hold a secret. */
export function modelSetting(model: { base_url: string; name: string }): string {
  const place = createHash("sha256").update(JSON.stringify([model.base_url, model.name]));
  return `model:${place.digest("hex").slice(0, 16)}`;
}

/** What was kept under a name, parsed; undefined where nothing was. */
export function readSetting(journal: Journal, name: string): unknown {
  const row = journal.get(
    journal.build.selectFrom("settings").select("value").where("name", "=", name),
  );
  return row === undefined ? undefined : (JSON.parse(row.value) as unknown);
}

/** Keeps a value (JSON) under a name across restarts; undefined removes it. */
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
