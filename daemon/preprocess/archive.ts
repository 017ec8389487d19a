import yauzl, { type Entry, type ZipFile } from "yauzl";
import { RunnerError } from "../core/errors.ts";

/** A zip archive whose directory shows no sign of a zip bomb. */
export interface Archive {
  /** Whether any of its files needs a password. */
  encrypted: boolean;
  names(): readonly string[];
  /**
   * Unpacks a file of the archive chunk by chunk; undefined if there is no file of this name.
   *
   * @throws {RunnerError} `archive_limit` if it unpacks to more than is allowed
   */
  open(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

// Documents have some hundred parts, mostly pictures, which are not read here.
const MAX_ENTRIES = 10_000;
const MAX_BYTES = 2_147_483_648;
// For all parts that are read. A thousand pages of a word processor take about 20 MB.
const MAX_READ_BYTES = 134_217_728;
// The most repetitive tables reach 100. Small parts may have any ratio.
const MAX_RATIO = 200;
const SMALL_BYTES = 1_048_576;

/**
 * Opens a zip archive without unpacking anything.
 *
 * @throws {RunnerError} `archive_limit` if it would unpack to too much, or its files share bytes
 */
export async function openArchive(bytes: Uint8Array): Promise<Archive> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const zip = await yauzl.fromBufferPromise(buffer, { lazyEntries: true });
  const all = await readEntries(zip);
  const entries = new Map(all.map((entry) => [entry.fileName, entry]));
  let leftBytes = MAX_READ_BYTES;

  async function* unpack(entry: Entry): AsyncGenerator<Uint8Array> {
    // yauzl throws when a file unpacks to more than the directory says.
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      const piece: Buffer = chunk;
      leftBytes -= piece.length;
      if (leftBytes < 0) throw tooMuch(`more than ${MAX_READ_BYTES} bytes of text`);
      yield piece;
    }
  }

  return {
    encrypted: all.some((entry) => entry.isEncrypted()),
    names: () => [...entries.keys()],
    async open(name) {
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      const { compressedSize, uncompressedSize } = entry;
      if (uncompressedSize > SMALL_BYTES && uncompressedSize > MAX_RATIO * compressedSize) {
        throw tooMuch(`a part that unpacks to ${uncompressedSize} bytes from ${compressedSize}`);
      }
      return unpack(entry);
    },
  };
}

async function readEntries(zip: ZipFile): Promise<Entry[]> {
  if (zip.entryCount > MAX_ENTRIES) throw tooMuch(`${zip.entryCount} files`);
  const entries: Entry[] = [];
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    bytes += entry.uncompressedSize;
    if (bytes > MAX_BYTES) throw tooMuch(`more than ${MAX_BYTES} bytes`);
    entries.push(entry);
  }
  let end = 0;
  const byPlace = entries.toSorted(
    (a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader,
  );
  for (const { relativeOffsetOfLocalHeader, compressedSize } of byPlace) {
    if (relativeOffsetOfLocalHeader < end) throw tooMuch("files that share their bytes");
    end = relativeOffsetOfLocalHeader + compressedSize;
  }
  return entries;
}

function tooMuch(what: string): RunnerError {
  return new RunnerError("archive_limit", `The file is an archive that holds ${what}.`, {
    hint: "Save it again in its own program, if you trust it.",
  });
}
