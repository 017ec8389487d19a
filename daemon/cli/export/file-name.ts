// Makes unique file names from titles, valid on every system.

// Characters that Windows refuses, that Obsidian cannot link to (# ^ [ ]), and invisible ones.
const REFUSED = /[<>:"/\\|?*#^[\]\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;
// Device names on Windows, with any extension (learn.microsoft.com: Naming Files, Paths, and Namespaces).
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?$/iu;
// Names, up to their first dot, of files that programs which write code obey or that are shown first, wherever they lie.
const OBEYED = new Set(
  (
    "agent agents claude codex copilot copilot-instructions crush gemini grok qwen readme skill soul warp " +
    "clinerules cursorrules goosehints roorules windsurfrules"
  ).split(" "),
);
// File systems allow 255; the rest is room for an extension, a number and a temporary name.
const MOST_BYTES = 120;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A title as a file name without extension. */
export function toFileName(title: string): string {
  const plain = title
    .toWellFormed()
    .normalize("NFC")
    .replaceAll(REFUSED, " ")
    .replaceAll(/\s+/gu, " ");
  // A leading dot hides a file, a leading hyphen looks like an option, and Windows drops trailing dots.
  const name = trimEnd(clipBytes(plain.replace(/^[\s.\-~]+/u, "")));
  if (name === "") return "Untitled";
  if (OBEYED.has(fold(name.replace(/\..*/su, "").trimEnd()))) return `${name} (exported)`;
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
 * A file name for each item, by id. Of several items with one name, the first keeps it and the others get a number,
 * so that a new item never renames an old one.
 *
 * @param taken names that must not be used, in lower case
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
      // Compared like file systems that ignore case.
      for (let number = 2; used.has(fold(name)); number += 1) name = `${base} (${number})`;
      used.add(fold(name));
      return [id, name];
    }),
  );
}

function fold(name: string): string {
  return name.toUpperCase().toLowerCase();
}
