/** Why a file or directory with this name is never a document. */
export type IgnoreReason =
  | "hidden"
  | "temporary"
  | "lock"
  | "version_control"
  | "dependencies"
  | "metadata";

const DIRECTORIES: ReadonlyMap<string, IgnoreReason> = new Map([
  [".git", "version_control"],
  [".hg", "version_control"],
  [".svn", "version_control"],
  ["node_modules", "dependencies"],
  ["bower_components", "dependencies"],
  ["__pycache__", "dependencies"],
  [".venv", "dependencies"],
  ["venv", "dependencies"],
  [".stfolder", "metadata"],
  [".stversions", "metadata"],
  [".dropbox.cache", "metadata"],
  [".Spotlight-V100", "metadata"],
  ["@eaDir", "metadata"],
  ["#recycle", "metadata"],
  ["__MACOSX", "metadata"],
  ["$RECYCLE.BIN", "metadata"],
  ["System Volume Information", "metadata"],
  ["lost+found", "metadata"],
]);

// Metadata of systems; or lock files of Word and Excel (~$report.docx) and LibreOffice (.~lock.report.odt#).
// One pattern, since a sweep tests every file with it.
const METADATA_OR_LOCK =
  /^(?:(\._.*|\.ds_store|icon\r|thumbs\.db|ehthumbs\.db|desktop\.ini)|~\$.*|\.~lock\..*#)$/i;
// Editors (.swp), safe saves (.tmp), backups (.bak), and unfinished downloads. A set, for the same reason.
const TEMPORARY_ENDINGS: ReadonlySet<string> = new Set([
  ".tmp",
  ".temp",
  ".bak",
  ".swo",
  ".swp",
  ".swx",
  ".part",
  ".partial",
  ".filepart",
  ".download",
  ".downloading",
  ".fdmdownload",
  ".crdownload",
  ".crswap",
  ".opdownload",
  ".aria2",
  ".ytdl",
  ".lftp-pget-status",
  ".!qb",
  ".!ut",
  ".bc!",
]);
// Safari keeps an unfinished download in a folder of this name.
const TEMPORARY_DIRECTORY = /\.download$/i;

/**
 * Why a file or directory with this name is never read; undefined: it may be read. For names below a watched
 * directory only: a user who watches `node_modules/x` means it.
 *
 * @param ending of a file's name, if it is known already
 */
export function ignoredName(
  name: string,
  isDirectory: boolean,
  ending = endingOf(name),
): IgnoreReason | undefined {
  if (isDirectory) {
    const reason = DIRECTORIES.get(name);
    if (reason !== undefined) return reason;
    if (TEMPORARY_DIRECTORY.test(name)) return "temporary";
  } else {
    const match = METADATA_OR_LOCK.exec(name);
    if (match !== null) return match[1] === undefined ? "lock" : "metadata";
    if (isTemporary(name, ending)) return "temporary";
  }
  return name.startsWith(".") ? "hidden" : undefined;
}

// Programs that write a download to its last name keep such a file beside it until it is complete.
const CONTROL_ENDINGS = [".aria2", ".lftp-pget-status"];

/** The names of the files in a directory that are partial downloads, because a control file of theirs is there. */
export function listPartial(names: Iterable<string>): Set<string> {
  const partial = new Set<string>();
  for (const name of names) {
    for (const ending of CONTROL_ENDINGS) {
      if (name.endsWith(ending)) partial.add(name.slice(0, -ending.length));
    }
  }
  return partial;
}

/** The end of a name from its last dot, in lower case; empty without a dot. */
export function endingOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot === -1 ? "" : name.slice(dot).toLowerCase();
}

/** Editors keep the last version of a file as `name~`, and unsaved changes as `#name#`. */
function isTemporary(name: string, ending: string): boolean {
  if (TEMPORARY_ENDINGS.has(ending) || name.endsWith("~")) return true;
  return name.length > 1 && name.startsWith("#") && name.endsWith("#");
}
