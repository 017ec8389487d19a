import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { type CompiledQuery, Kysely, SqliteAdapter, SqliteDialect } from "kysely";
import { RunnerError } from "../core/errors.ts";
import { diskFaultCode } from "./disk-fault.ts";
import { findMissingMigrations, findUnknownMigrations } from "./migrate.ts";
import type { Tables } from "./tables.ts";
import { type Upgrade, upgrade } from "./upgrade.ts";

/*
 * The journal: what is known of every file, what was tried and what came of it, in one SQLite file.
 * It promises that a transaction is whole or absent, and durable once it returned (WAL, synchronous FULL).
 * It never leaves a transaction open across an await: queries are built by kysely and run synchronously.
 * A crash costs nothing that was committed. One process writes; readers open their own handle read-only.
 */

/** A query as kysely builds it, by its builder or as an `sql` template. */
export interface Query<Row> {
  compile(build: Kysely<Tables>): CompiledQuery<Row>;
}

/** The open journal. Its functions live in this room's other files, one topic each. */
export interface Journal {
  /** Builds queries; running them is for `all`, `get` and `run`. */
  readonly build: Kysely<Tables>;
  all<Row>(query: Query<Row>): Row[];
  get<Row>(query: Query<Row>): Row | undefined;
  /** Runs a write; gives how many rows it changed. */
  run(query: Query<unknown>): number;
  /**
   * Runs `work` in one immediate transaction: committed when it returns, undone when it throws.
   * Joins the transaction that is open already. `work` must not be async.
   */
  transaction<T>(work: () => T): T;
  /** Calls `tell`, which must not throw, once what is written by now is committed; never if that is undone. */
  afterCommit(tell: () => void): void;
  /** Writes the log back into the database and empties it. Gives false while a reader keeps it from that. */
  emptyLog(): boolean;
  readonly path: string;
  /** What opening it did to a journal of an older schema; undefined: nothing. */
  readonly upgraded: Upgrade | undefined;
  close(): void;
}

const BUSY_TIMEOUT_MS = 5_000;

// 3.7.0 to 3.51.2 can corrupt a WAL database when a checkpoint meets a reset: https://sqlite.org/wal.html
const SOUND_SQLITE = [3, 51, 3];

/** SQLite's DDL is transactional; kysely assumes otherwise and would leave a half-applied migration. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class JournalDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter();
  }
}

/**
 * Opens the journal for writing, creating it (0600) where there is none, at the newest schema. One of an older
 * schema is backed up first.
 *
 * @throws {RunnerError} journal_newer when a newer program made it (the file is left as it is),
 *   journal_damaged when it is not a sound database, journal_unwritable when the disk is at fault,
 *   home_unusable when it cannot be created, backup_failed when the backup before an upgrade could not be made
 */
export async function openJournal(file: string): Promise<Journal> {
  if (existsSync(file)) await refuseNewer(file);
  else createPrivate(file);
  const database = openDatabase(file, {});
  try {
    assertSound(database);
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
    database.pragma("trusted_schema = OFF");
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    // What is deleted is overwritten: text that was forgotten stays in no free page.
    database.pragma("secure_delete = ON");
    // macOS: fsync alone does not reach the disk there. No effect elsewhere.
    database.pragma("fullfsync = ON");
    database.pragma("checkpoint_fullfsync = ON");
    const build = new Kysely<Tables>({ dialect: new JournalDialect({ database }) });
    const upgraded = await upgrade(file, build);
    return createJournal(database, build, file, upgraded);
  } catch (error) {
    database.close();
    throw cannotOpen(file, error);
  }
}

/**
 * Opens a journal that exists for reading, beside the program that writes it. Only one of the newest schema can
 * be asked everything: `isOlder` says whether migrations are missing.
 *
 * @throws {RunnerError} journal_newer, journal_damaged, journal_unwritable, home_unusable
 */
export async function openToRead(file: string): Promise<{ journal: Journal; isOlder: boolean }> {
  await refuseNewer(file);
  const database = openDatabase(file, { readonly: true, fileMustExist: true });
  try {
    const build = new Kysely<Tables>({ dialect: new JournalDialect({ database }) });
    const isOlder = (await findMissingMigrations(build)).length > 0;
    return { journal: createJournal(database, build, file), isOlder };
  } catch (error) {
    database.close();
    throw cannotOpen(file, error);
  }
}

function createJournal(
  database: Database.Database,
  build: Kysely<Tables>,
  file: string,
  upgraded?: Upgrade,
): Journal {
  const statements = new Map<string, Database.Statement>();
  const prepare = (text: string): Database.Statement => {
    let statement = statements.get(text);
    if (statement === undefined) {
      statement = database.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  };
  let waiting: (() => void)[] = [];
  return {
    build,
    path: file,
    upgraded,
    all<Row>(query: Query<Row>): Row[] {
      const { sql, parameters } = query.compile(build);
      return telling(() => prepare(sql).all(...parameters) as Row[]);
    },
    get<Row>(query: Query<Row>): Row | undefined {
      const { sql, parameters } = query.compile(build);
      return telling(() => prepare(sql).get(...parameters) as Row | undefined);
    },
    run(query) {
      const { sql, parameters } = query.compile(build);
      return telling(() => prepare(sql).run(...parameters).changes);
    },
    transaction<T>(work: () => T): T {
      if (database.inTransaction) return work();
      waiting = [];
      const result = telling(() => database.transaction(work).immediate());
      const due = waiting;
      waiting = [];
      for (const tell of due) tell();
      return result;
    },
    afterCommit(tell) {
      if (database.inTransaction) waiting.push(tell);
      else tell();
    },
    emptyLog() {
      // Waiting for a reader would hold up everything else.
      database.pragma("busy_timeout = 0");
      try {
        const [result] = telling(
          () => database.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[],
        );
        return result?.busy === 0;
      } finally {
        database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
      }
    },
    close() {
      statements.clear();
      database.close();
    },
  };
}

/** Runs a query; a fault of the disk is told from a fault of the query, since time may heal it. */
function telling<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = diskFaultCode(error);
    if (code === undefined) throw error;
    throw new RunnerError("journal_unwritable", `The journal cannot be written (${code}).`, {
      hint: "Free some space on its disk, and check that it may be written to.",
      cause: error,
    });
  }
}

async function refuseNewer(file: string): Promise<void> {
  const database = openDatabase(file, { readonly: true });
  try {
    const unknown = await findUnknownMigrations(
      new Kysely<Tables>({ dialect: new SqliteDialect({ database }) }),
    );
    if (unknown.length > 0) {
      throw new RunnerError(
        "journal_newer",
        `${file} was made by a newer Agent Runner (it has ${unknown.join(", ")}).`,
        {
          hint: "Update Agent Runner, or restore the backup that the upgrade made: `agent-runner-schema-….db` in `backups` beside it. Nothing was changed.",
        },
      );
    }
  } catch (error) {
    throw cannotOpen(file, error);
  } finally {
    database.close();
  }
}

function openDatabase(file: string, options: Database.Options): Database.Database {
  try {
    return new Database(file, options);
  } catch (error) {
    throw new RunnerError("home_unusable", `${file} cannot be opened: ${String(error)}`, {
      hint: "Check the directory's permissions and free space.",
      cause: error,
    });
  }
}

function createPrivate(file: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
  } catch (error) {
    throw new RunnerError("home_unusable", `${file} cannot be created: ${String(error)}`, {
      hint: "Check the directory's permissions and free space.",
      cause: error,
    });
  }
}

function assertSound(database: Database.Database): void {
  const version = String(database.prepare("SELECT sqlite_version()").pluck().get());
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const [wantMajor = 0, wantMinor = 0, wantPatch = 0] = SOUND_SQLITE;
  const sound =
    major > wantMajor ||
    (major === wantMajor && (minor > wantMinor || (minor === wantMinor && patch >= wantPatch)));
  if (!sound) {
    throw new RunnerError(
      "internal",
      `SQLite ${version} can damage its own journal; ${SOUND_SQLITE.join(".")} or newer is needed.`,
    );
  }
}

/** What keeps a journal from being opened: the disk, which harms nothing, or damage. */
function cannotOpen(file: string, cause: unknown): RunnerError {
  if (cause instanceof RunnerError) return cause;
  const code = diskFaultCode(cause);
  if (code !== undefined) {
    return new RunnerError("journal_unwritable", `${file} cannot be opened (${code}).`, {
      hint: "Free some space on its disk, and check that this user may write to it and its directory. Nothing was changed.",
      cause,
    });
  }
  return new RunnerError("journal_damaged", `${file} is not a sound journal: ${String(cause)}`, {
    hint: "It was left as it is. Restore a backup in its place, or move it away to begin anew.",
    cause,
  });
}
