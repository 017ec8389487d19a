import { type Kysely, sql } from "kysely";

/**
 * The first journal: what is known of every file, what was tried and with what result.
 *
 * Why so: a job's entities, sources and states must become true in one commit, so all of it is one
 * database. Instants are ISO 8601 UTC text (`…Z`, milliseconds), which sorts as it reads; file stats are
 * milliseconds as the system gives them. Cost: an empty database; nothing to move.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // Every agent that ever existed, so that its rows keep their meaning after it leaves the config.
  `CREATE TABLE agents (
    agent_id TEXT PRIMARY KEY,
    config TEXT NOT NULL,                 -- JSON, as written; never a key, only its \${NAME}
    recipe TEXT NOT NULL,
    ad_hoc INTEGER NOT NULL CHECK (ad_hoc IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT`,

  // A watched root. Its identity shows whether a directory was emptied, or hidden by an empty mount.
  `CREATE TABLE directories (
    agent_id TEXT NOT NULL REFERENCES agents,
    path TEXT NOT NULL,                   -- absolute, real
    device REAL,                          -- null: never seen
    inode REAL,
    online INTEGER NOT NULL CHECK (online IN (0, 1)),
    scanned_at TEXT,                      -- when a scan last saw it; null: never, or the agent has it no more
    PRIMARY KEY (agent_id, path)
  ) STRICT, WITHOUT ROWID`,

  `CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    agent_id TEXT NOT NULL REFERENCES agents,
    trigger TEXT NOT NULL CHECK (trigger IN ('cron','manual','watch','startup','retry')),
    status TEXT NOT NULL CHECK (status IN ('running','success','partial','error','cancelled')),
    dry_run INTEGER NOT NULL CHECK (dry_run IN (0, 1)),
    force INTEGER NOT NULL CHECK (force IN (0, 1)),
    paths TEXT,                           -- JSON array of absolute paths; null: all files
    started_at TEXT NOT NULL,
    listed_at TEXT,                       -- when its scan ended and its file list was fixed; null: scanning
    awaits_confirmation INTEGER NOT NULL DEFAULT 0 CHECK (awaits_confirmation IN (0, 1)),
    finished_at TEXT,
    files_unchanged INTEGER NOT NULL DEFAULT 0,
    files_processed INTEGER NOT NULL DEFAULT 0,
    files_failed INTEGER NOT NULL DEFAULT 0,
    files_skipped INTEGER NOT NULL DEFAULT 0,
    files_pending INTEGER NOT NULL DEFAULT 0,
    error TEXT                            -- JSON {code, message, hint}: the fault that put files off or ended it
  ) STRICT`,
  `CREATE INDEX runs_by_agent ON runs (agent_id, seq)`,
  `CREATE UNIQUE INDEX one_run_per_agent ON runs (agent_id) WHERE status = 'running'`,

  // One content (agent, hash) under one recipe. Files of equal hash share it; a forced repetition is a new
  // generation, so that it is never mistaken for the same work.
  `CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL UNIQUE,
    agent_id TEXT NOT NULL REFERENCES agents,
    hash TEXT NOT NULL,                   -- SHA-256, hexadecimal
    recipe TEXT NOT NULL,
    generation INTEGER NOT NULL,          -- 0-based
    state TEXT NOT NULL CHECK (state IN ('pending','working','done','failed','skipped','superseded')),
    reason TEXT,                          -- skipped: why; pending: what it waits for
    run_id TEXT NOT NULL REFERENCES runs (run_id),  -- the run that took it up last
    rank INTEGER NOT NULL,                -- 0 asked for by hand, 1 live change, 2 backlog; 3 to 5 the same after a fault; lowest first
    modified_ms REAL NOT NULL,            -- mtime of its file; newest first within a rank
    attempt_id TEXT,                      -- the fence: only this attempt may commit; null unless working
    attempts INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,   -- attempts in a row that died before the document was extracted
    faults INTEGER NOT NULL DEFAULT 0,    -- endpoint faults in a row
    next_attempt_at TEXT,                 -- put off until then; null: not put off
    frame TEXT,                           -- JSON Frame, fixed at the first attempt; null: not tried yet
    extractor TEXT,                       -- version that made its document; null: none made yet
    error TEXT,                           -- JSON {code, message, hint}
    created_at TEXT NOT NULL,
    finished_at TEXT,
    UNIQUE (agent_id, hash, recipe, generation)
  ) STRICT`,
  // By run, so that claiming the next job steps over neither jobs of other runs nor postponed ones.
  `CREATE INDEX jobs_to_do ON jobs (run_id, rank, modified_ms DESC)
    WHERE state = 'pending' AND next_attempt_at IS NULL`,
  `CREATE INDEX jobs_by_run ON jobs (run_id, state)`,
  `CREATE INDEX jobs_by_recipe ON jobs (agent_id, state, recipe)`,

  `CREATE TABLE files (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    file_id TEXT NOT NULL UNIQUE,
    agent_id TEXT NOT NULL REFERENCES agents,
    path TEXT NOT NULL,                   -- absolute
    parent TEXT NOT NULL,                 -- the directory it is in, absolute
    root TEXT NOT NULL,                   -- the watched directory it is under
    state TEXT NOT NULL CHECK (state IN ('pending','working','done','failed','skipped','gone')),
    reason TEXT,                          -- skipped: why; pending: what it waits for
    next_attempt_at TEXT,
    size INTEGER,                         -- bytes; null with the other stats: never read
    mtime_ms REAL,
    ctime_ms REAL,
    inode REAL,
    read_at_ms REAL,                      -- when hash was taken; stats younger than that prove nothing
    hash TEXT,                            -- SHA-256 of the content, hexadecimal; null: never read
    job_id TEXT REFERENCES jobs (job_id), -- the job whose result stands for this content
    processed_at TEXT,
    error TEXT,                           -- JSON {code, message, hint}
    UNIQUE (agent_id, path)
  ) STRICT`,
  `CREATE INDEX files_by_parent ON files (agent_id, parent)`,
  `CREATE INDEX files_by_job ON files (job_id, state)`,
  `CREATE INDEX files_departed ON files (agent_id, hash) WHERE state = 'gone'`,
  `CREATE INDEX files_by_path ON files (path)`,
  `CREATE INDEX files_by_state ON files (state, path)`,
  `CREATE INDEX files_put_off ON files (next_attempt_at)
    WHERE state = 'pending' AND next_attempt_at IS NOT NULL`,

  // Clean text, kept for explanation and search until retention or forget removes it.
  `CREATE TABLE documents (
    hash TEXT NOT NULL,
    extractor TEXT NOT NULL,
    document TEXT NOT NULL,               -- JSON Document
    created_at TEXT NOT NULL,
    PRIMARY KEY (hash, extractor)
  ) STRICT, WITHOUT ROWID`,

  `CREATE TABLE attempts (
    attempt_id TEXT PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES jobs (job_id),
    run_id TEXT NOT NULL REFERENCES runs (run_id),
    number INTEGER NOT NULL,              -- 1-based within the job
    started_at TEXT NOT NULL,
    finished_at TEXT,                     -- null: working, or died
    outcome TEXT CHECK (outcome IN ('done','failed','skipped','put_off','changed','interrupted','crashed')),
    error TEXT,                           -- JSON {code, message, hint}
    UNIQUE (job_id, number)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX attempts_open ON attempts (job_id) WHERE finished_at IS NULL`,

  // One row per model request, written before it is sent and filled in when its reply is stored.
  `CREATE TABLE requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL REFERENCES jobs (job_id),
    attempt_id TEXT NOT NULL REFERENCES attempts,
    run_id TEXT NOT NULL REFERENCES runs (run_id),
    agent_id TEXT NOT NULL REFERENCES agents,
    iteration INTEGER NOT NULL,           -- 1-based within the job
    state TEXT NOT NULL CHECK (state IN ('sent','answered','failed','lost')),  -- lost: we died before the reply
    provider TEXT NOT NULL CHECK (provider IN ('rules','openai')),
    model TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    answered_at TEXT,
    reply TEXT,                           -- JSON ModelReply; null: none, or removed by retention
    tool_results TEXT,                    -- JSON array of strings, in the order of the reply's calls
    input_tokens INTEGER,                 -- null: not reported
    cached_input_tokens INTEGER,
    output_tokens INTEGER,
    cost_usd REAL,                        -- null: price not known
    error TEXT                            -- JSON {code, message, hint}
  ) STRICT`,
  `CREATE UNIQUE INDEX one_reply_per_iteration ON requests (job_id, iteration) WHERE state = 'answered'`,
  `CREATE INDEX requests_by_attempt ON requests (attempt_id)`,
  // Without the requests to the rules, which cost nothing and may be most of them.
  `CREATE INDEX requests_by_run ON requests (run_id) WHERE provider <> 'rules'`,
  `CREATE INDEX requests_by_day ON requests (sent_at) WHERE provider <> 'rules'`,

  `CREATE TABLE projects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,               -- name with case, width and spacing evened out
    description TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active','archived')),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    created_by TEXT NOT NULL,             -- agent id or 'user'
    user_edited TEXT NOT NULL DEFAULT '[]',  -- JSON array of field names
    deleted_at TEXT,                      -- a tombstone since then; null: alive
    deleted_by TEXT                       -- 'user' or 'undo'
  ) STRICT`,
  `CREATE UNIQUE INDEX active_project_names ON projects (name_key)
    WHERE status = 'active' AND deleted_at IS NULL`,

  `CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    title_key TEXT NOT NULL,
    description TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open','done','cancelled')),
    priority TEXT NOT NULL CHECK (priority IN ('low','normal','high')),
    due_date TEXT,                        -- YYYY-MM-DD; null: none
    project_id TEXT REFERENCES projects (id),
    tags TEXT NOT NULL,                   -- JSON array
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    user_edited TEXT NOT NULL DEFAULT '[]',
    deleted_at TEXT,
    deleted_by TEXT
  ) STRICT`,
  `CREATE INDEX tasks_by_project ON tasks (project_id)`,
  `CREATE INDEX tasks_by_update ON tasks (updated_at)`,

  `CREATE TABLE notes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    title_key TEXT NOT NULL,
    body TEXT NOT NULL,
    project_id TEXT REFERENCES projects (id),
    tags TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active','archived')),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    user_edited TEXT NOT NULL DEFAULT '[]',
    deleted_at TEXT,
    deleted_by TEXT
  ) STRICT`,
  `CREATE INDEX notes_by_project ON notes (project_id)`,

  // entity <-> file. One row per pair, with the latest job that stated it.
  `CREATE TABLE sources (
    entity_id TEXT NOT NULL,
    file_id TEXT NOT NULL REFERENCES files (file_id),
    entity_type TEXT NOT NULL CHECK (entity_type IN ('project','task','note')),
    job_id TEXT NOT NULL REFERENCES jobs (job_id),
    run_id TEXT NOT NULL REFERENCES runs (run_id),
    quote TEXT,                           -- the passage, as the model gave it; null: none
    verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
    created_at TEXT NOT NULL,
    PRIMARY KEY (entity_id, file_id)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX sources_by_file ON sources (file_id)`,
  `CREATE INDEX sources_by_job ON sources (job_id)`,

  // Every change of an entity, by an agent or the user, with the values that an undo needs.
  `CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    actor TEXT NOT NULL,                  -- agent id or 'user'
    run_id TEXT REFERENCES runs (run_id), -- null with job_id and position: the user's own
    job_id TEXT REFERENCES jobs (job_id),
    position INTEGER,                     -- 0-based in the job's change set
    op TEXT NOT NULL CHECK (op IN ('create','update','confirm','retire','delete')),
    entity_type TEXT NOT NULL CHECK (entity_type IN ('project','task','note')),
    entity_id TEXT NOT NULL,
    before TEXT,                          -- JSON of the changed fields; null: created, confirmed
    after TEXT,                           -- JSON of the changed fields; null: deleted, confirmed
    state TEXT NOT NULL CHECK (state IN ('applied','proposed','rejected','undone')),
    created_at TEXT NOT NULL,
    UNIQUE (job_id, position)
  ) STRICT`,
  // Has every column that counting the entities of a run needs.
  `CREATE INDEX changes_by_run ON changes (run_id, state, op, entity_id)`,
  `CREATE INDEX changes_by_entity ON changes (entity_id)`,

  // Events, each written in the transaction that it reports; the id is the id of the event stream.
  `CREATE TABLE events (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at TEXT NOT NULL,
    event TEXT NOT NULL                   -- JSON RunnerEvent
  ) STRICT`,

  // Values that must survive a restart and have no other place (pauses, ports), by name.
  `CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL                   -- JSON
  ) STRICT, WITHOUT ROWID`,
];
