/** How many tool calls of a kind one job may make, whatever their result. */
export interface CallLimits {
  /** Lists and searches. */
  reading: number;
  /** All others, also those that change nothing or are refused. */
  writing: number;
}

/** The limits of a file that may make so many changes. */
export function callLimitsOf({
  max_changes_per_file,
}: {
  max_changes_per_file: number;
}): CallLimits {
  return { reading: READING_CALLS, writing: max_changes_per_file * WRITING_CALLS_PER_CHANGE };
}

// What the first request lists is enough for most files.
const READING_CALLS = 100;
// A growing file says again what it said before, which changes nothing.
const WRITING_CALLS_PER_CHANGE = 4;

const READING = new Set(["list_projects", "list_tasks", "list_notes", "search", "read_whole"]);

/** Counts calls by name. Returns the kind of a call beyond its limit, else undefined. */
export function startCounting(limits: CallLimits): (name: string) => keyof CallLimits | undefined {
  const counts: CallLimits = { reading: 0, writing: 0 };
  return (name) => {
    const kind = READING.has(name) ? "reading" : "writing";
    counts[kind] += 1;
    return counts[kind] > limits[kind] ? kind : undefined;
  };
}
