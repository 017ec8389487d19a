/**
 * To be loaded into the program before it starts: adds a migration that writes, says so and never ends, so that a test
 * can kill the program inside it.
 */
import { sql } from "kysely";
import { MIGRATIONS } from "../../daemon/journal/migrate.ts";

MIGRATIONS["9999-endless"] = {
  async up(db) {
    await sql`UPDATE tasks SET title = 'half migrated'`.execute(db);
    process.stdout.write("migrating\n");
    await new Promise(() => setInterval(() => {}, 1_000));
  },
};
