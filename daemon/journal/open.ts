import { closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { type CompiledQuery, Kysely, SqliteAdapter, SqliteDialect } from "kysely";
import { CALL } from "../core/call.ts";
import { RunnerError } from "../core/errors.ts";
import { nameKind, notAFile } from "../core/home-file.ts";
import { diskFaultCode, findFault, type JournalFault } from "./disk-fault.ts";
import { watchHealth } from "./health.ts";
import { findMissingMigrations, findUnknownMigrations } from "./migrate.ts";
import type { Tables } from "./tables.ts";
import { type Upgrade, upgrade } from "./upgrade.ts";

/*
 * The journal: what is known of every file, what was tried and with what result, in one SQLite file. A
 * transaction is whole or absent, and durable once it returned (WAL, synchronous FULL). No transaction stays
 * open across an await: kysely builds the queries, and they run synchronously. The journal does not know which
 * rooms use it. A crash costs nothing that was committed. One process writes; readers have their own read-only
 * handle.
 */

/** A query of kysely, from its builder or an `sql` template. */
export interface Query<Row> {
  compile(build: Kysely<Tables>): CompiledQuery<Row>;
}

/** The open journal. The other files of this room have its functions, one topic each. */
export interface Journal {
  /** Builds queries; `all`, `get` and `run` run them. */
  readonly build: Kysely<Tables>;
  all<Row>(query: Query<Row>): Row[];
  get<Row>(query: Query<Row>): Row | undefined;
  /** Runs a write. Returns how many rows it changed. */
  run(query: Query<unknown>): number;
  /**
   * Runs `work` in one immediate transaction: it commits when `work` returns, and rolls back when it throws.
   * Joins a transaction that is already open. `work` must not be async.
   *
   * @throws {RunnerError} journal_unwritable; journal_damaged, also if the file is not the one that was opened
   */
  transaction<T>(work: () => T): T;
  /** Calls `notify`, which must not throw, once the open transaction is committed; never if it rolls back. */
  afterCommit(notify: () => void): void;
  /**
   * Writes the log back into the database and empties it. Returns false while a reader prevents that; then it is due
   * until it succeeds.
   */
  emptyLog(): boolean;
  /** Whether the log could not be emptied when it was last asked for, and may hold what was removed. */
  isLogDue(): boolean;
  /** What is wrong with it or its disk now; undefined: nothing is known to be. */
  fault(): JournalFault | undefined;
  /** Copies it, as this process has it open, to a path where no file is. Blocks until it is done. */
  rescue(target: string): void;
  readonly path: string;
  /** The upgrade that opening it made; undefined: its schema was the newest one. */
  readonly upgraded: Upgrade | undefined;
  close(): void;
}

// Nothing waits for a start. Later, a wait for another program's lock would hold up everything.
const BUSY_TIMEOUT_MS = { opening: 5_000, open: 80 };
// What the log is cut to once a reader that kept it from being written back is gone.
const LOG_BYTES = 4_000_000;

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
 * Opens the journal for writing, with the newest schema. Creates it (0600) if it does not exist. Makes a backup
 * before it upgrades an older schema.
 *
 * @throws {RunnerError} journal_newer if a newer program made it (the file stays as it is),
 *   journal_damaged if it is not a sound database, journal_unwritable for a disk fault,
 *   home_unusable if it cannot be created, backup_failed if the backup before an upgrade failed
 */
export async function openJournal(file: string): Promise<Journal> {
  refuseOther(file);
  if (existsSync(file)) {
    rollBack(file);
    await refuseNewer(file);
  } else createPrivate(file);
  const database = openDatabase(file, {});
  try {
    assertSound(database);
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
    database.pragma("trusted_schema = OFF");
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS.opening}`);
    database.pragma(`journal_size_limit = ${LOG_BYTES}`);
    // Overwrites what is deleted, so that no free page keeps a forgotten text.
    database.pragma("secure_delete = ON");
    // On macOS, fsync alone does not reach the disk. No effect elsewhere.
    database.pragma("fullfsync = ON");
    database.pragma("checkpoint_fullfsync = ON");
    const build = new Kysely<Tables>({ dialect: new JournalDialect({ database }) });
    const upgraded = await upgrade(file, build);
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS.open}`);
    return createJournal(database, build, file, upgraded);
  } catch (error) {
    database.close();
    throw cannotOpen(file, error);
  }
}

/**
 * Opens an existing journal for reading; another process may write it meanwhile. If `isOlder`, migrations are
 * missing, and queries of newer columns and tables fail.
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
  const prepare = createPrepare(database);
  const health = watchHealth(file);
  let waiting: (() => void)[] = [];
  let isLogDue = false;
  return {
    build,
    path: file,
    upgraded,
    all<Row>(query: Query<Row>): Row[] {
      const { sql, parameters } = query.compile(build);
      return health.read(() => prepare(sql).all(...parameters) as Row[]);
    },
    get<Row>(query: Query<Row>): Row | undefined {
      const { sql, parameters } = query.compile(build);
      return health.read(() => prepare(sql).get(...parameters) as Row | undefined);
    },
    run(query) {
      const { sql, parameters } = query.compile(build);
      const work = (): number => prepare(sql).run(...parameters).changes;
      // The transaction around it has been checked.
      return database.inTransaction ? health.read(work) : health.write(work);
    },
    transaction<T>(work: () => T): T {
      if (database.inTransaction) return work();
      waiting = [];
      const result = health.write(() => database.transaction(work).immediate());
      const due = waiting;
      waiting = [];
      for (const notify of due) notify();
      return result;
    },
    afterCommit(notify) {
      if (database.inTransaction) waiting.push(notify);
      else notify();
    },
    emptyLog() {
      isLogDue = true;
      // Do not wait for a reader: that would block everything else.
      database.pragma("busy_timeout = 0");
      try {
        const [result] = health.read(
          () => database.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[],
        );
        isLogDue = result?.busy !== 0;
        return !isLogDue;
      } finally {
        database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS.open}`);
      }
    },
    isLogDue: () => isLogDue,
    fault: health.fault,
    rescue(target) {
      health.read(() => database.prepare("VACUUM INTO ?").run(target));
    },
    close: () => void database.close(),
  };
}

/** Prepares each statement once. */
function createPrepare(database: Database.Database): (text: string) => Database.Statement {
  const statements = new Map<string, Database.Statement>();
  return (text) => {
    let statement = statements.get(text);
    if (statement === undefined) {
      statement = database.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  };
}

/** @throws {RunnerError} home_unusable if there is something else than a file in the journal's place */
function refuseOther(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  const kind = stats && nameKind(stats);
  if (kind !== undefined) throw notAFile(file, kind);
}

/**
 * Takes back a change that a process left unfinished when it died before the journal had its log, as SQLite does at
 * the first read. A reader could not, and nothing else is changed: without such a change it only reads.
 */
function rollBack(file: string): void {
  if (!existsSync(`${file}-journal`)) return;
  const database = openDatabase(file, {});
  try {
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
  } catch (error) {
    throw cannotOpen(file, error);
  } finally {
    database.close();
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
      `SQLite ${version} can damage the journal, and ${SOUND_SQLITE.join(".")} or newer is needed.`,
    );
  }
}

/** Why a journal cannot be opened: a disk fault, which harms nothing, or damage. */
function cannotOpen(file: string, cause: unknown): RunnerError {
  if (cause instanceof RunnerError) return cause;
  const code = diskFaultCode(cause);
  if (code === "SQLITE_READONLY_ROLLBACK") {
    return new RunnerError("journal_unwritable", `${file} has an unfinished change.`, {
      hint: `Run \`${CALL} start\`, which takes the change back.`,
      cause,
    });
  }
  if (code !== undefined) {
    const busy = code.startsWith("SQLITE_BUSY") ? findFault(cause, file)?.error : undefined;
    if (busy !== undefined) return busy;
    return new RunnerError("journal_unwritable", `${file} cannot be opened (${code}).`, {
      hint: "Free some space on its disk, and check that this user may write to it and its directory. Nothing was changed.",
      cause,
    });
  }
  return new RunnerError("journal_damaged", `${file} is not a sound journal: ${String(cause)}`, {
    hint: "Restore a backup in its place, or move it away to start with an empty journal. It was not changed.",
    cause,
  });
}
