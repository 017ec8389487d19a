import type { Boundary } from "../scan/boundary.ts";
import type { Clock } from "../core/clock.ts";

/** The watches on a directory and everything below it. */
export interface TreeWatch {
  /** Resolves when everything is watched, or the watch has failed or was closed. */
  readonly ready: Promise<void>;
  /** Watches directories that appeared without an event too. */
  catchUp(): Promise<void>;
  /** May be called again. */
  close(): Promise<void>;
}

export interface TreeWatchOptions {
  boundary: Boundary;
  /** The root with symbolic links resolved. */
  realRoot: string;
  clock: Clock;
  /** The files in this directory may have changed. Paths are as a walk names them; null: any file below the root. */
  onChange(directory: string | null): void;
  /** How many directories chokidar watches; the others are watched without it. Default: 1,000. */
  chokidarDirectories?: number;
  /** Some of the tree is not watched. The caller closes the watch. */
  onFailure(error: Error): void;
}
