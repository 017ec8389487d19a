/** Why a name never counts as a document, wherever it turns up. */
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

const METADATA_FILE = /^(?:\._.*|\.ds_store|icon\r|thumbs\.db|ehthumbs\.db|desktop\.ini)$/i;
// Word and Excel (~$report.docx), LibreOffice (.~lock.report.odt#).
const LOCK_FILE = /^(?:~\$.*|\.~lock\..*#)$/;
// Editors (~, #…#, .swp), safe saves (.tmp), backups (.bak), and what browsers and peers are still loading.
const TEMPORARY_FILE =
  /^(?:#.*#|.*(?:~|\.(?:tmp|temp|bak|sw[opx]|part|partial|download|crdownload|opdownload|aria2|!qb|!ut)))$/is;
// Safari keeps a download in a folder of this name until it is whole.
const TEMPORARY_DIRECTORY = /\.download$/i;

/**
 * Why a file or directory of this name is never read; undefined when it may be. Judges what is below a
 * watched directory, never the watched directory itself: whoever names `node_modules/x` means it.
 */
export function ignoredName(name: string, isDirectory: boolean): IgnoreReason | undefined {
  if (isDirectory) {
    const reason = DIRECTORIES.get(name);
    if (reason !== undefined) return reason;
    if (TEMPORARY_DIRECTORY.test(name)) return "temporary";
  } else {
    if (METADATA_FILE.test(name)) return "metadata";
    if (LOCK_FILE.test(name)) return "lock";
    if (TEMPORARY_FILE.test(name)) return "temporary";
  }
  return name.startsWith(".") ? "hidden" : undefined;
}
