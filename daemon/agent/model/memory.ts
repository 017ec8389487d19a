import { z } from "zod";
import { SCRIPTS } from "../tokens.ts";
import { NOTHING_CACHED } from "./caching.ts";
import { NOTHING_COUNTED } from "./cut-prompt.ts";
import { NO_QUIRKS } from "./quirks.ts";

const quirks = z.object({
  without: z.array(z.string()),
  reasoning_effort: z.literal("none").nullable(),
  no_content: z.literal("").nullable(),
  nullable: z.boolean().default(false),
  empty_thoughts: z.boolean().default(false),
});

const counted = z.object({
  whole: z.int().nonnegative(),
  lowest: z.partialRecord(z.enum(SCRIPTS), z.number().positive()),
});

const caching = z.object({ uncached: z.int().nonnegative(), is_cached: z.boolean() });

const api = z.object({
  use: z.enum(["chat", "responses"]).nullable(),
  absent: z.array(z.enum(["chat", "responses"])),
});
/** Before any refusal. */
export const NO_API_LEARNED: z.output<typeof api> = { use: null, absent: [] };

/** The facts learned about one model at one endpoint from its answers. */
const learned = z.object({
  calibration: z.partialRecord(z.enum(SCRIPTS), z.number().positive()).catch({}),
  quirks: quirks.catch(NO_QUIRKS),
  responses_quirks: quirks.catch(NO_QUIRKS),
  api: api.catch(NO_API_LEARNED),
  counted: counted.catch(NOTHING_COUNTED),
  caching: caching.catch(NOTHING_CACHED),
});
/** The facts learned about one model. */
export type Learned = z.output<typeof learned>;

/** The memory of one model at one endpoint; the journal keeps it across restarts. */
export interface ModelMemory {
  /** The last facts kept, or undefined. */
  read(): unknown;
  keep(facts: Learned): void;
}

/** Reads the facts; unreadable parts count as not learned. */
export function recall(memory: ModelMemory): Learned {
  return learned.parse(memory.read() ?? {});
}

/** Creates a memory that ends with the process. */
export function createMemory(): ModelMemory {
  let kept: Learned | undefined;
  return {
    read: () => kept,
    keep(facts) {
      kept = facts;
    },
  };
}
