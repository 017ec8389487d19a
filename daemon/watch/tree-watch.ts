import type { Boundary } from "../scan/boundary.ts";
import type { Clock } from "../core/clock.ts";

/** The watches on a directory and what is below it. */
export interface TreeWatch {
  /** Resolves when all of it is watched, or it has failed or was closed. */
  readonly ready: Promise<void>;
  /** Looks for directories whose coming went unnoticed, and watches them too. */
  catchUp(): Promise<void>;
  /** May be called again. */
  close(): Promise<void>;
}

export interface TreeWatchOptions {
  boundary: Boundary;
  /** The root with all symbolic links resolved. */
  realRoot: string;
  clock: Clock;
  /** A directory, as a walk names it, whose files may have changed; null: any below the root. */
  onChange(directory: string | null): void;
  /** So many directories are watched by chokidar, the others without it; 1,000 where it is left out. */
  chokidarDirectories?: number;
  /** The tree is not watched, or not all of it; whoever hears this closes it. */
  onFailure(error: Error): void;
}
