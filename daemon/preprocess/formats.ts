import type { Extractor } from "./extractor.ts";

/** A kind of file: how to recognise it, and its extractor. */
export interface Format {
  content_type: string;
  /** Lower case, without the dot. */
  extensions: readonly string[];
  /** Whether its bytes are text in some encoding. */
  text: boolean;
  /**
   * The bytes at `offset` from the start, and bytes that are anywhere in the file, each character one byte;
   * null: no signature.
   */
  signature: { offset: number; bytes: string; holds: string } | null;
  /** Loads the extractor, which may be large; null: the kind is recognised, but not read. */
  extract: Loader | null;
  /** Whether a separate process reads it, as every format whose parser a hostile file could slow down. */
  isolated: boolean;
}

type Loader = () => Promise<Extractor>;

function text(content_type: string, extensions: string, extract: Loader | null = null): Format {
  return {
    content_type,
    extensions: extensions.split(" "),
    text: true,
    signature: null,
    extract,
    isolated: false,
  };
}

function isolated(format: Format, extract: Loader): Format {
  return { ...format, extract, isolated: true };
}

function binary(
  content_type: string,
  extensions: string,
  bytes?: string,
  offset = 0,
  holds = "",
): Format {
  const signature = bytes === undefined ? null : { offset, bytes, holds };
  return {
    content_type,
    extensions: extensions === "" ? [] : extensions.split(" "),
    text: false,
    signature,
    extract: null,
    isolated: false,
  };
}

const plain: Loader = async () => (await import("./extract/text.ts")).extractText;
const markdown: Loader = async () => (await import("./extract/markdown.ts")).extractMarkdown;
const pdf: Loader = async () => (await import("./extract/pdf.ts")).extractPdf;
const docx: Loader = async () => (await import("./extract/docx.ts")).extractDocx;
const eml: Loader = async () => (await import("./extract/eml.ts")).extractEml;
const csv: Loader = async () => (await import("./extract/csv.ts")).extractCsv;
const json: Loader = async () => (await import("./extract/json.ts")).extractJson;
const notebook: Loader = async () => (await import("./extract/notebook.ts")).extractNotebook;
const xml: Loader = async () => (await import("./extract/xml.ts")).extractXml;
const spreadsheet: Loader = async () =>
  (await import("./extract/spreadsheet.ts")).extractSpreadsheet;
const pptx: Loader = async () => (await import("./extract/pptx.ts")).extractPptx;
const epub: Loader = async () => (await import("./extract/epub.ts")).extractEpub;
const subtitles: Loader = async () => (await import("./extract/subtitles.ts")).extractSubtitles;
const rtf: Loader = async () => (await import("./extract/rtf.ts")).extractRtf;
const calendar: Loader = async () => (await import("./extract/calendar.ts")).extractCalendar;
const mbox: Loader = async () => (await import("./extract/mbox.ts")).extractMbox;
const msg: Loader = async () => (await import("./extract/msg.ts")).extractMsg;
const doc: Loader = async () => (await import("./extract/doc.ts")).extractDoc;
const zip: Loader = async () => (await import("./extract/zip.ts")).extractZip;
const opendocument: Loader = async () =>
  (await import("./extract/opendocument.ts")).extractOpenDocument;
const html: Loader = async () => (await import("./extract/html.ts")).extractHtml;

/** The name of a stream as these files keep it, in UTF-16. */
function wide(name: string): string {
  return name.replaceAll(/[^]/gu, "$&\0");
}

const ZIP = "PK\u0003\u0004";
// The Compound File Binary Format of older Office files, [MS-CFB] 2.2.
const COMPOUND = "\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1";

// The stream that holds a newer Office file with a password, [MS-OFFCRYPTO] 2.3.4.4.
const ENCRYPTED_STREAM = wide("EncryptedPackage");
const encrypted: Loader = async () => () => ({ skipped: "encrypted" });

/**
 * Every known kind of file. The name decides between kinds with the same signature; if it doesn't, the first
 * one is taken. To read another kind, write its extractor in extract/ and name it in its line here.
 */
export const FORMATS: readonly Format[] = [
  text("text/markdown", "md markdown mdown mkd mdx qmd rmd", markdown),
  text(
    "text/plain",
    "txt text log org rst adoc asciidoc textile wiki tex bib ini cfg conf properties toml env diff patch " +
      "js mjs cjs jsx ts mts cts tsx vue svelte css scss less py pyi rb php pl pm lua r jl sh bash zsh fish ps1 " +
      "bat cmd c h cc cpp cxx hpp hh m mm cs java kt kts scala groovy gradle go rs swift dart hs ml ex exs erl " +
      "clj lisp el vim sql graphql proto cmake mk",
    plain,
  ),
  isolated(text("text/csv", "csv"), csv),
  isolated(text("text/tab-separated-values", "tsv tab"), csv),
  isolated(text("text/html", "html htm xhtml"), html),
  isolated(text("application/xml", "xml rss atom opml xsd xsl"), xml),
  text("application/yaml", "yaml yml", plain),
  isolated(text("application/json", "json json5 jsonc jsonl ndjson geojson"), json),
  isolated(text("application/x-ipynb+json", "ipynb"), notebook),
  isolated(text("message/rfc822", "eml"), eml),
  isolated(text("application/mbox", "mbox mbx"), mbox),
  isolated(text("text/calendar", "ics ical"), calendar),
  text("text/vcard", "vcf", plain),
  isolated(text("text/vtt", "vtt"), subtitles),
  isolated(text("application/x-subrip", "srt"), subtitles),
  isolated(text("application/rtf", "rtf"), rtf),
  text("application/postscript", "ps eps"),
  text("image/svg+xml", "svg"),

  isolated(binary("application/pdf", "pdf", "%PDF-"), pdf),
  isolated(binary("application/zip", "zip", ZIP), zip),
  isolated(
    binary(
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
      "docx",
      ZIP,
      0,
      "word/document",
    ),
    docx,
  ),
  isolated(
    binary(
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      "xlsx xlsm xltx xltm",
      ZIP,
      0,
      "xl/workbook",
    ),
    spreadsheet,
  ),
  isolated(
    binary(
      "application/vnd.openxmlformats-officedocument.presentationml.presentation",
      "pptx pptm ppsx potx",
      ZIP,
      0,
      "ppt/presentation",
    ),
    pptx,
  ),
  isolated(
    binary(
      "application/vnd.oasis.opendocument.text",
      "odt ott",
      ZIP,
      0,
      "application/vnd.oasis.opendocument.text",
    ),
    opendocument,
  ),
  isolated(
    binary(
      "application/vnd.oasis.opendocument.spreadsheet",
      "ods ots",
      ZIP,
      0,
      "application/vnd.oasis.opendocument.spreadsheet",
    ),
    spreadsheet,
  ),
  isolated(
    binary(
      "application/vnd.oasis.opendocument.presentation",
      "odp otp",
      ZIP,
      0,
      "application/vnd.oasis.opendocument.presentation",
    ),
    opendocument,
  ),
  binary("application/vnd.apple.pages", "pages", ZIP),
  binary("application/vnd.apple.numbers", "numbers", ZIP),
  binary("application/vnd.apple.keynote", "key", ZIP),
  isolated(binary("application/epub+zip", "epub", ZIP, 0, "application/epub+zip"), epub),
  binary("application/java-archive", "jar apk", ZIP),
  {
    ...binary("application/vnd.ms-office-encrypted", "", COMPOUND, 0, ENCRYPTED_STREAM),
    extract: encrypted,
  },
  binary("application/x-ole-storage", "msi", COMPOUND),
  isolated(binary("application/msword", "doc dot", COMPOUND, 0, wide("WordDocument")), doc),
  isolated(
    binary("application/vnd.ms-excel", "xls xlt", COMPOUND, 0, wide("Workbook")),
    spreadsheet,
  ),
  binary("application/vnd.ms-powerpoint", "ppt", COMPOUND, 0, wide("PowerPoint Document")),
  isolated(binary("application/vnd.ms-outlook", "msg", COMPOUND, 0, wide("__substg1.0_")), msg),

  binary("image/png", "png", "\u0089PNG\r\n\u001a\n"),
  binary("image/jpeg", "jpg jpeg", "\u00ff\u00d8\u00ff"),
  binary("image/gif", "gif", "GIF8"),
  binary("image/webp", "webp", "WEBP", 8),
  binary("image/tiff", "tif tiff", "II*\u0000"),
  binary("image/tiff", "", "MM\u0000*"),
  binary("image/bmp", "bmp", "BM"),
  binary("image/vnd.microsoft.icon", "ico", "\u0000\u0000\u0001\u0000"),
  binary("image/vnd.adobe.photoshop", "psd", "8BPS"),
  binary("audio/mpeg", "mp3", "ID3"),
  binary("audio/wav", "wav", "WAVE", 8),
  binary("audio/flac", "flac", "fLaC"),
  binary("audio/ogg", "ogg oga opus", "OggS"),
  binary("video/mp4", "mp4 m4v mov", "ftyp", 4),
  binary("audio/mp4", "m4a m4b", "ftyp", 4),
  binary("image/heic", "heic heif", "ftyp", 4),
  binary("image/avif", "avif", "ftyp", 4),
  binary("video/x-matroska", "mkv webm", "\u001aE\u00df\u00a3"),
  binary("video/x-msvideo", "avi", "AVI ", 8),

  binary("application/gzip", "gz tgz", "\u001f\u008b"),
  binary("application/x-bzip2", "bz2", "BZh"),
  binary("application/x-xz", "xz", "\u00fd7zXZ\u0000"),
  binary("application/zstd", "zst", "(\u00b5/\u00fd"),
  binary("application/x-7z-compressed", "7z", "7z\u00bc\u00af\u0027\u001c"),
  binary("application/vnd.rar", "rar", "Rar!\u001a\u0007"),
  binary("application/x-tar", "tar", "ustar", 257),
  binary("application/x-iso9660-image", "iso dmg img"),

  binary("application/vnd.microsoft.portable-executable", "exe dll sys", "MZ"),
  binary("application/x-elf", "so o a", "\u007fELF"),
  binary("application/x-mach-binary", "dylib", "\u00cf\u00fa\u00ed\u00fe"),
  binary("application/java-vm", "class", "\u00ca\u00fe\u00ba\u00be"),
  binary("application/wasm", "wasm", "\u0000asm"),
  binary("application/vnd.sqlite3", "sqlite sqlite3 db", "SQLite format 3\u0000"),
  binary("application/vnd.ms-access", "mdb accdb"),
  binary("font/ttf", "ttf", "\u0000\u0001\u0000\u0000"),
  binary("font/otf", "otf", "OTTO"),
  binary("font/woff2", "woff2 woff", "wOF"),
  binary("application/x-python-bytecode", "pyc pyo"),
];

/** The endings of names (`.jpg`) whose files no extractor reads. */
export const UNREADABLE_ENDINGS: readonly string[] = FORMATS.filter(
  (format) => format.extract === null,
).flatMap((format) => format.extensions.map((extension) => `.${extension}`));
