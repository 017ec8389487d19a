import { z } from "zod";
import { SCRIPTS } from "../tokens.ts";
import { NO_QUIRKS } from "./quirks.ts";

const quirks = z.object({
  without: z.array(z.string()),
  reasoning_effort: z.literal("none").nullable(),
  no_content: z.literal("").nullable(),
});

/** What was learned of one model at one endpoint from its answers. */
const learned = z.object({
  calibration: z.partialRecord(z.enum(SCRIPTS), z.number().positive()).catch({}),
  quirks: quirks.catch(NO_QUIRKS),
});
export type Learned = z.output<typeof learned>;

/** The place where it is kept across restarts, for this model at this endpoint; the journal has it. */
export interface ModelMemory {
  /** What was kept last; undefined where nothing was. */
  read(): unknown;
  keep(facts: Learned): void;
}

/** What is kept, as far as it can be read. */
export function recall(memory: ModelMemory): Learned {
  return learned.parse(memory.read() ?? {});
}

/** A memory for as long as it lives. */
export function createMemory(): ModelMemory {
  let kept: Learned | undefined;
  return {
    read: () => kept,
    keep(facts) {
      kept = facts;
    },
  };
}
