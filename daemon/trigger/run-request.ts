import type { Agent } from "../protocol/agent.ts";
import type { Trigger } from "../protocol/run.ts";

/** How much a run may do unasked. */
export interface AsksAbove {
  files: number;
  /** It asks only if new files would give more notes, tasks and projects than this; null: whatever they give. */
  entities: number | null;
}

/** What is asked of a run. */
export interface RunRequest {
  agent: Agent;
  recipe: string;
  base_recipe: string;
  /** From what on its files wait until the run is confirmed; null: it never asks. */
  asks_above: AsksAbove | null;
  trigger: Trigger;
  /** A person asked for it and waits: it goes first, and also does files that were put off. */
  by_hand: boolean;
  force: boolean;
  /** Nothing is committed: the changes are kept as proposals. */
  dry_run: boolean;
  /** Only these files or directories; absolute. null: all. */
  paths: readonly string[] | null;
  /** Of directories in `paths`, only the files directly in them. */
  shallow: boolean;
}

/** A file that has the content for which a job was done. */
export interface Returned {
  job_id: string;
  file_id: string;
  agent_id: string;
  /** The run that found it; null: it was found without a run. */
  run_id: string | null;
  /** What the agent does with what its file no longer contains, and with what only deleted files had. */
  on_drop: NonNullable<Agent["on_drop"]>;
  on_delete: Agent["on_delete"];
}
