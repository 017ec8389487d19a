import fc from "fast-check";
import type { DriveKind } from "./drive.ts";
import { fileOperation, record } from "./operation.ts";

const agentId = fc.constantFrom("one" as const, "two" as const);
const plain = <Name extends string>(name: Name) => record({ do: fc.constant(name) });

/** The end of the daemon: at once, or so long after a request of the model came in. */
const end = <Name extends string>(name: Name) =>
  record({ do: fc.constant(name), waits: fc.boolean(), ms: fc.nat(80) });

const operation = (canKill: boolean) =>
  fc.oneof(
    { weight: 60, arbitrary: fileOperation },
    { weight: 30, arbitrary: plain("check" as const) },
    { weight: 4, arbitrary: plain("toggle" as const) },
    { weight: 4, arbitrary: end("stop" as const) },
    { weight: 6, arbitrary: plain("start" as const) },
    { weight: canKill ? 12 : 0, arbitrary: end("kill" as const) },
    {
      weight: 2,
      arbitrary: record({ do: fc.constant("run" as const), times: fc.integer({ min: 1, max: 3 }) }),
    },
    {
      weight: 2,
      arbitrary: record({
        do: fc.constant("pause" as const),
        agent: fc.constantFrom("all" as const, "one" as const, "two" as const),
      }),
    },
    { weight: 4, arbitrary: plain("resume" as const) },
    {
      weight: 1,
      arbitrary: record({
        do: fc.constant("instruct" as const),
        agent: agentId,
        recipe: fc.constantFrom("1", "2", "3"),
      }),
    },
    { weight: 1, arbitrary: plain("age" as const) },
    { weight: 4, arbitrary: record({ do: fc.constant("edit a task" as const), of: fc.nat(20) }) },
    { weight: 2, arbitrary: plain("add a task" as const) },
  );
export type Operation = ReturnType<typeof operation> extends fc.Arbitrary<infer Op> ? Op : never;

export interface History {
  drive: DriveKind;
  settle_seconds: number;
  /** How many files are read at the same time. */
  concurrency: number;
  operations: Operation[];
}

/** Histories of up to so many operations. */
export function histories(options: {
  maxLength: number;
  canKill: boolean;
  drives: readonly DriveKind[];
}): fc.Arbitrary<History> {
  return record({
    drive: fc.constantFrom(...options.drives),
    settle_seconds: fc.constantFrom(0, 0.05),
    concurrency: fc.constantFrom(1, 4),
    operations: fc.array(operation(options.canKill), {
      minLength: 1,
      maxLength: options.maxLength,
      size: "max",
    }),
  });
}
