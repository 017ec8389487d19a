import picomatch from "picomatch";
import { startOfDay } from "../core/clock.ts";
import type { Agent, Directory } from "../protocol/agent.ts";
import type { SkipReason } from "../protocol/file.ts";
import type { FileStats } from "./fingerprint.ts";
import { endingOf, ignoredName } from "./ignore.ts";

/** What is known about a file without opening it. */
export interface Candidate {
  name: string;
  kind: "file" | "symlink" | "other" | "name_not_utf8" | "partial";
  stats: Pick<FileStats, "size" | "mtime_ms">;
}

/** @param relativePath below the watched directory, with `/` */
export type Filter = (file: Candidate, relativePath: string) => SkipReason | undefined;

/**
 * Creates a function that gives the reason to skip a file; undefined: read it.
 *
 * A glob with a slash is matched against the whole path below the directory, a glob without one against the
 * name. A glob that ends in a plain name also matches everything below a directory of that name.
 *
 * @param isReadable whether any extractor reads files of this ending (`.pdf`, in lower case); undefined: that
 *   depends on the content
 */
export function createFilter(
  directory: Pick<Directory, "include" | "exclude">,
  agent: Pick<Agent, "extensions" | "modified_after" | "max_file_bytes">,
  isReadable: (ending: string) => boolean | undefined,
): Filter {
  const included = createMatcher(directory.include);
  const excluded = createMatcher(directory.exclude);
  const endings = agent.extensions.map((extension) =>
    `.${extension.replace(/^\./, "")}`.toLowerCase(),
  );
  const earliestMs = agent.modified_after === null ? -Infinity : startOfDay(agent.modified_after);

  return (file, relativePath) => {
    const ending = endingOf(file.name);
    if (ignoredName(file.name, false, ending) !== undefined) return "ignored";
    switch (file.kind) {
      case "symlink":
      case "name_not_utf8":
        return file.kind;
      case "partial":
        return "ignored";
      case "other":
        return "not_regular";
      case "file":
    }
    if (excluded?.(relativePath) || included?.(relativePath) === false) return "excluded";
    if (endings.length > 0) {
      const name = file.name.toLowerCase();
      if (!endings.some((ending) => name.endsWith(ending))) return "extension";
    }
    if (isReadable(ending) === false) return "unsupported";
    if (file.stats.mtime_ms < earliestMs) return "too_old";
    if (file.stats.size === 0) return "empty";
    if (file.stats.size > agent.max_file_bytes) return "too_large";
    return undefined;
  };
}

/** Undefined if there is no glob. */
function createMatcher(globs: readonly string[]): ((path: string) => boolean) | undefined {
  const matchers = globs.flatMap(expand).map((glob) =>
    // Hidden names are ignored anyway, so a dot has no meaning here.
    picomatch(glob, { dot: true, basename: !glob.includes("/") }),
  );
  return matchers.length === 0 ? undefined : (path) => matchers.some((matches) => matches(path));
}

function expand(glob: string): string[] {
  const trimmed = glob.replace(/\/+$/, "");
  if (trimmed === "") return [];
  const isPlain = picomatch.scan(trimmed.slice(trimmed.lastIndexOf("/") + 1)).isGlob !== true;
  if (!isPlain || trimmed.startsWith("!")) return [trimmed];
  return [trimmed, `${trimmed.includes("/") ? "" : "**/"}${trimmed}/**`];
}
