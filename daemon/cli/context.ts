import type { Paths } from "../core/paths.ts";
import type { Dialog } from "./dialog.ts";
import type { Output } from "./output.ts";

/** What every command is handed. */
export interface Context {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** The launcher of this program, to start it again as a daemon. */
  readonly entry: string;
  readonly output: Output;
  /** Undefined where nobody can be asked: stdin or stderr is no terminal, or --json is given. */
  readonly dialog?: Dialog | undefined;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** What the program ends with if the command throws nothing. */
  exitCode: number;
}
