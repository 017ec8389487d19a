import type { Journal } from "./open.ts";

/** The name under which the last tick of an agent's schedule is kept. */
export function tickSetting(agentId: string): string {
  return `tick:${agentId}`;
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
