import { sql } from "kysely";
import { expect, test } from "vitest";
import { renameAgent, saveAgent } from "../../daemon/journal/agents.ts";
import { openRequest } from "../../daemon/journal/attempts.ts";
import { saveDirectory } from "../../daemon/journal/directories.ts";
import { listMounts, saveMounts } from "../../daemon/journal/mounts.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { addJob, claim, NOW, openTestJournal } from "../helper/test-journal.ts";

/** How many rows of each table that refers to agents belong to one. */
function countRows(journal: Journal, agentId: string): Record<string, number> {
  const tables = journal.all(
    sql<{ name: string; column: string }>`SELECT name, key."from" AS column
      FROM sqlite_schema, pragma_foreign_key_list(name) AS key
      WHERE type = 'table' AND key."table" = 'agents' ORDER BY name`,
  );
  const counts = tables.map(({ name, column }): [string, number] => {
    const row = journal.get(
      sql<{ rows: number }>`SELECT count(*) AS rows FROM ${sql.table(name)}
        WHERE ${sql.ref(column)} = ${agentId}`,
    );
    return [name, row?.rows ?? 0];
  });
  return Object.fromEntries(counts);
}

/** Something of an agent in each table that refers to agents. */
function fill(journal: Journal): void {
  const { run_id, job_id } = addJob(journal);
  const { attempt_id } = claim(journal);
  const request = { job_id, attempt_id, run_id, agent_id: "inbox", iteration: 1 };
  const reserved = { reserved_tokens: 1, reserved_usd: null };
  openRequest(journal, { ...request, ...reserved, provider: "openai", model: "m" }, NOW);
  const directory = { agent_id: "inbox", path: "/in", identity: null, online: true };
  saveDirectory(journal, directory, NOW);
  saveMounts(journal, { agent_id: "inbox", root: "/in" }, ["/in/drive"]);
}

test("a renamed agent takes along what every table has of it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  fill(journal);
  const before = countRows(journal, "inbox");
  // A new table that refers to agents needs a row in `fill`.
  expect(Object.entries(before).filter(([, rows]) => rows === 0)).toEqual([]);
  renameAgent(journal, "inbox", "mail", NOW);
  expect(countRows(journal, "mail")).toEqual(before);
});

test("a renamed agent takes the place of one that knew the same mounts", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  fill(journal);
  saveAgent(journal, { agent_id: "mail", config: "{}", base_recipe: "r1", ad_hoc: false }, NOW);
  saveMounts(journal, { agent_id: "mail", root: "/in" }, ["/in/drive", "/in/other"]);
  const known = listMounts(journal, "mail");
  renameAgent(journal, "inbox", "mail", NOW);
  expect(listMounts(journal, "mail")).toEqual(known);
});
