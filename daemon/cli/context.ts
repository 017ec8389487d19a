import type { Paths } from "../core/paths.ts";
import type { Dialog } from "./dialog.ts";
import type { Output } from "./output.ts";

/** What every command receives. */
export interface Context {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Where the kernel's files are: `/proc`. */
  readonly proc: string;
  /** The launcher of this program, to start it again as a daemon. */
  readonly entry: string;
  readonly output: Output;
  /** Undefined if no person can answer: stdin or stderr is not a terminal, or --json is given. */
  readonly dialog?: Dialog | undefined;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** The exit code if the command throws nothing. */
  exitCode: number;
}
