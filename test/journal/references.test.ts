import { sql } from "kysely";
import { expect, test } from "vitest";
import { renameAgent, saveAgent } from "../../daemon/journal/agents.ts";
import { openRequest } from "../../daemon/journal/attempts.ts";
import { saveDirectory } from "../../daemon/journal/directories.ts";
import { findFileRow, mergeFile } from "../../daemon/journal/files.ts";
import { listMounts, saveMounts } from "../../daemon/journal/mounts.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { openTestCall } from "../../daemon/journal/test-calls.ts";
import { saveTrace } from "../../daemon/journal/traces.ts";
import { addFile, addJob, claim, NOW, openTestJournal } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";

/*
 * Rows that move to another agent or file take along what refers to them, in every table that there is.
 */

/** How many rows of each table that refers to agents, or files, refer to one. */
function countRows(journal: Journal, to: "agents" | "files", id: string): Record<string, number> {
  const tables = journal.all(
    sql<{ name: string; column: string }>`SELECT name, key."from" AS column
      FROM sqlite_schema, pragma_foreign_key_list(name) AS key
      WHERE type = 'table' AND key."table" = ${to} ORDER BY name`,
  );
  const counts = tables.map(({ name, column }): [string, number] => {
    const row = journal.get(
      sql<{ rows: number }>`SELECT count(*) AS rows FROM ${sql.table(name)}
        WHERE ${sql.ref(column)} = ${id}`,
    );
    return [name, row?.rows ?? 0];
  });
  return Object.fromEntries(counts);
}

/** The tables without a row: a new one that refers to agents or files needs a row in its test. */
function listEmpty(counts: Record<string, number>): string[] {
  return Object.keys(counts).filter((table) => counts[table] === 0);
}

/** Something of an agent in each table that refers to agents. */
function fill(journal: Journal): void {
  const { run_id, job_id } = addJob(journal);
  const { attempt_id } = claim(journal);
  const request = { job_id, attempt_id, run_id, agent_id: "inbox", iteration: 1 };
  const reserved = { reserved_tokens: 1, reserved_usd: null };
  openRequest(journal, { ...request, ...reserved, provider: "openai", model: "m" }, NOW);
  const nowhere = { host: null, loopback: null, bytes: null };
  const call = { agent_id: "inbox", provider: "openai", model: "m" } as const;
  openTestCall(journal, { ...call, ...reserved, ...nowhere }, NOW);
  const directory = { agent_id: "inbox", path: "/in", identity: null, online: true };
  saveDirectory(journal, directory, NOW);
  saveMounts(journal, { agent_id: "inbox", root: "/in" }, ["/in/drive"]);
}

test("a renamed agent takes along what every table has of it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  fill(journal);
  const before = countRows(journal, "agents", "inbox");
  expect(listEmpty(before)).toEqual([]);
  renameAgent(journal, "inbox", "mail", NOW);
  expect(countRows(journal, "agents", "mail")).toEqual(before);
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

test("a file that turns out to be another one leaves nothing behind", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { file_ids, job } = workJob(journal, { text: "Call Ann" }, (workspace) => {
    workspace.createTask({ title: "Call Ann" }, "Call Ann");
  });
  const [dropped = ""] = file_ids;
  saveTrace(journal, dropped, { inode: 1, born_ms: 1 });
  const kept = addFile(journal, { path: "/in/b.md", hash: job.hash, job_id: job.job_id });
  const before = countRows(journal, "files", dropped);
  expect(listEmpty(before)).toEqual([]);
  mergeFile(journal, { kept, dropped });
  expect(countRows(journal, "files", kept)).toMatchObject({ origins: 1, sources: 1 });
  expect(findFileRow(journal, dropped)).toBeUndefined();
});
