/** A place where something may have changed. */
export interface Hint {
  root: string;
  /** The directory that holds the files; null: everything below the root. */
  directory: string | null;
}
