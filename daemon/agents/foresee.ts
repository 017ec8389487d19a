import path from "node:path";
import { type Clock, toInstant, toLocalDay } from "../core/clock.ts";
import { isAbort } from "../core/errors.ts";
import { listAlive } from "../journal/entities.ts";
import type { NewFile } from "../journal/new-files.ts";
import type { Journal } from "../journal/open.ts";
import type { Isolate } from "../preprocess/isolate.ts";
import { preprocess } from "../preprocess/preprocess.ts";
import { readSnapshot } from "../preprocess/snapshot.ts";
import type { Agent } from "../protocol/agent.ts";
import type { Document, Frame } from "../protocol/document.ts";
import { type Plan, planDocument } from "../rules/plan.ts";

export interface ForeseeContext {
  journal: Journal;
  clock: Clock;
  isolate: Isolate;
}

// Somebody waits for the run to begin. After this time, what was read so far is taken for the rest.
const LONGEST_MS = 5_000;

/**
 * About how many notes, tasks and projects the built-in rules would make of files. It reads them as their jobs do, and
 * writes nothing. What cannot be read gives nothing.
 *
 * @throws the signal's reason when it aborts
 */
export async function foreseeEntities(
  { journal, clock, isolate }: ForeseeContext,
  { agent, files }: { agent: Agent; files: readonly NewFile[] },
  signal: AbortSignal,
): Promise<number> {
  const start = clock.elapsed();
  const known = listAlive(journal, "project", { status: "active" }, KNOWN_PROJECTS).map(
    ({ id, fields }) => ({ id, name: fields.name }),
  );
  const projects = new Set<string>();
  let records = 0;
  let read = 0;
  for (const file of files) {
    if (read > 0 && clock.elapsed() - start > LONGEST_MS) break;
    signal.throwIfAborted();
    const document = await readDocument(file, { agent, isolate, signal });
    if (document !== undefined) {
      const plan = planDocument(document, frameOf(file, known, clock.now()));
      records += countRecords(plan, agent, projects);
    }
    read += 1;
    await new Promise(setImmediate);
  }
  return read === 0 ? 0 : Math.round(((records + projects.size) * files.length) / read);
}

const KNOWN_PROJECTS = 100;

/** The document of a file; undefined: it gives none, or cannot be read now. */
async function readDocument(
  { path: file, root }: NewFile,
  { agent, isolate, signal }: { agent: Agent; isolate: Isolate; signal: AbortSignal },
): Promise<Document | undefined> {
  try {
    const found = await readSnapshot(file, { root, maxBytes: agent.max_file_bytes, signal });
    if (found.outcome !== "read") return undefined;
    const made = await preprocess(found.snapshot, path.basename(file), { isolate, signal });
    return made.outcome === "document" ? made.document : undefined;
  } catch (error) {
    if (isAbort(error) || signal.aborted) throw error;
    return undefined;
  }
}

function frameOf({ path: file, root }: NewFile, projects: Frame["projects"], now: number): Frame {
  return {
    fence: "",
    today: toLocalDay(now),
    file_name: path.basename(file),
    relative_path: path.relative(root, file).replaceAll(path.sep, "/"),
    modified_at: toInstant(now),
    projects,
    earlier: [],
  };
}

/** Notes and tasks, by the tools that the agent has. Adds the names of new projects to `projects`. */
function countRecords(
  plan: Plan,
  { tools, max_changes_per_file }: Agent,
  projects: Set<string>,
): number {
  const may = (tool: string): boolean => tools.length === 0 || tools.includes(tool);
  if (may("create_project")) {
    for (const { id, name } of plan.projects) if (id === null) projects.add(name);
  }
  const notes = plan.note !== null && may("create_note") ? 1 : 0;
  const tasks = may("create_task") ? plan.tasks.length : 0;
  return Math.min(notes + tasks, max_changes_per_file);
}
