// What programs that sync put into the name of a file's other version. Marks without a word that says so, such as
// `report (1).md` or `report-DESKTOP.md`, are left out: people name files so.
const MARKS = [
  // Syncthing: weekly.sync-conflict-20261130-101500-ABCDEFG.md
  /^(.+)\.sync-conflict-\d{8}-\d{6}(?:-[A-Z0-9]{7})?(\.[^.]*)?$/,
  // Dropbox, Nextcloud, ownCloud, Box, Obsidian: weekly (Ada's conflicted copy 2026-11-30).md
  /^(.+) \((?:[^()]+ )?conflicted copy(?: [^()]+)?\)(?: \(\d+\))?(\.[^()]*)?$/i,
  // ownCloud up to 2.4: weekly_conflict-20261130-101500.md
  /^(.+)_conflict-\d{8}-\d{6}(\.[^.]*)?$/,
  // Seafile: weekly (SFConflict ada@example.org 2026-11-30-10-15-00).md
  /^(.+) \(SFConflict [^()]+\)(\.[^()]*)?$/,
];

/** The name of the file of which a file with this name is a conflict copy; undefined: it is no such copy. */
export function originalOf(name: string): string | undefined {
  for (const mark of MARKS) {
    const match = mark.exec(name);
    if (match !== null) return `${match[1]}${match[2] ?? ""}`;
  }
  return undefined;
}
