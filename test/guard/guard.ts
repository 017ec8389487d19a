/** A piece of code that stops an attack, and the tests that fail without it. */
export interface Guard {
  /** What it stops, for example `a session code in an argument list`. */
  stops: string;
  /** From the root of the repository. */
  file: string;
  /** The code of the guard, which is in the file exactly once. */
  code: string;
  /** What is written in its place. */
  without: string;
  project: "unit" | "process" | "browser";
  /** The test files that fail without it. */
  tests: readonly string[];
}
