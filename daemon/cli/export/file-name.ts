// File names from titles that every system takes, and that no two of share.

// What Windows refuses, what Obsidian cannot link to (# ^ [ ]), and what is not seen.
const REFUSED = /[<>:"/\\|?*#^[\]\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;
// Names of devices on Windows, with any extension (learn.microsoft.com: Naming Files, Paths, and Namespaces).
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?$/iu;
// Of 255 that file systems take, so that an extension, a number and a temporary name have room.
const MOST_BYTES = 120;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A title as a file name without extension. */
export function toFileName(title: string): string {
  const plain = title
    .toWellFormed()
    .normalize("NFC")
    .replaceAll(REFUSED, " ")
    .replaceAll(/\s+/gu, " ");
  // A leading dot hides a file, a leading hyphen is taken for an option, and Windows drops dots at the end.
  const name = trimEnd(clipBytes(plain.replace(/^[\s.\-~]+/u, "")));
  if (name === "") return "Untitled";
  return DEVICE.test(name) ? `_${name}` : name;
}

function trimEnd(name: string): string {
  return name.replace(/[\s.]+$/u, "");
}

function clipBytes(text: string): string {
  let kept = "";
  let bytes = 0;
  for (const { segment } of graphemes.segment(text)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > MOST_BYTES) break;
    kept += segment;
  }
  return kept;
}

/**
 * A name for each, by its id. Of those with the same name the first keeps it and the others get a number, so
 * that what is new never renames what was there.
 *
 * @param taken names that are not to be given, in lower case
 */
export function nameFiles(
  items: readonly { id: string; title: string }[],
  taken: readonly string[] = [],
): Map<string, string> {
  const used = new Set(taken);
  return new Map(
    items.map(({ id, title }) => {
      const base = toFileName(title);
      let name = base;
      // Compared as systems do that do not tell upper case from lower.
      for (let number = 2; used.has(fold(name)); number += 1) name = `${base} (${number})`;
      used.add(fold(name));
      return [id, name];
    }),
  );
}

function fold(name: string): string {
  return name.toUpperCase().toLowerCase();
}
