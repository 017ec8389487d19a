import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { expect, test } from "vitest";
import { up as journal0001 } from "../../migrations/0001-journal.ts";
import { up as reservation0002 } from "../../migrations/0002-reservation.ts";
import { up as reached0019 } from "../../migrations/0019-reached.ts";

test("an error of a request that is not JSON does not keep a journal from being migrated", async () => {
  const database = new Database(":memory:");
  const kysely = new Kysely<never>({ dialect: new SqliteDialect({ database }) });
  await journal0001(kysely);
  await reservation0002(kysely);
  database.pragma("foreign_keys = OFF");
  database.exec(`
    INSERT INTO requests (job_id, attempt_id, run_id, agent_id, iteration, state, provider, model, sent_at, error)
      VALUES ('job_1', 'attempt_1', 'run_1', 'inbox', 1, 'failed', 'openai', 'm', '', 'not JSON');
  `);
  await reached0019(kysely);
  expect(
    database
      .prepare("SELECT error FROM requests INDEXED BY requests_by_day WHERE provider <> 'rules'")
      .all(),
  ).toEqual([{ error: "not JSON" }]);
  database.close();
});
