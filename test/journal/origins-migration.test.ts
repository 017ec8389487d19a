import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { expect, test } from "vitest";
import { up as journal0001 } from "../../migrations/0001-journal.ts";
import { up as reservation0002 } from "../../migrations/0002-reservation.ts";
import { up as undo0004 } from "../../migrations/0004-undo.ts";

test("a journal from before undo knows for which files its jobs were done", async () => {
  const database = new Database(":memory:");
  const kysely = new Kysely<never>({ dialect: new SqliteDialect({ database }) });
  await journal0001(kysely);
  await reservation0002(kysely);
  database.exec(`
    INSERT INTO agents VALUES ('inbox', '{}', 'r1', 0, '', '');
    INSERT INTO runs (run_id, agent_id, trigger, status, dry_run, force, started_at)
      VALUES ('run_1', 'inbox', 'manual', 'success', 0, 0, '');
    INSERT INTO jobs (job_id, agent_id, hash, recipe, generation, state, run_id, rank, modified_ms, created_at)
      VALUES ('job_old', 'inbox', 'a', 'r1', 0, 'done', 'run_1', 0, 1, ''),
        ('job_new', 'inbox', 'b', 'r1', 0, 'done', 'run_1', 0, 1, ''),
        ('job_open', 'inbox', 'c', 'r1', 0, 'pending', 'run_1', 0, 1, '');
    INSERT INTO files (file_id, agent_id, path, parent, root, state, job_id)
      VALUES ('file_1', 'inbox', '/in/a', '/in', '/in', 'done', 'job_new'),
        ('file_2', 'inbox', '/in/b', '/in', '/in', 'pending', 'job_open');
    INSERT INTO sources VALUES ('task_1', 'file_1', 'task', 'job_old', 'run_1', NULL, 0, '');
  `);
  await undo0004(kysely);
  expect(database.prepare("SELECT job_id, file_id FROM origins ORDER BY job_id").all()).toEqual([
    { job_id: "job_new", file_id: "file_1" },
    { job_id: "job_old", file_id: "file_1" },
  ]);
  database.close();
});
