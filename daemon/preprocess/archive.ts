import yauzl, { type Entry, type ZipFile } from "yauzl";
import { RunnerError } from "../core/errors.ts";

/** The files in a zip archive, which is no bomb as far as its directory tells. */
export interface Archive {
  /** Whether any file in it needs a password. */
  encrypted: boolean;
  names(): readonly string[];
  /**
   * The bytes of a file as they are unpacked; undefined where it has none of this name.
   *
   * @throws {RunnerError} `archive_limit` where they are more than was promised or than is allowed
   */
  open(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

// Documents have some hundred parts, mostly pictures, of which none is read here.
const MAX_ENTRIES = 10_000;
const MAX_BYTES = 2_147_483_648;
// Of what is read: a thousand pages of a word processor take some 20 MB.
const MAX_READ_BYTES = 134_217_728;
// The most repetitive tables come to 100; the smallest parts are let be.
const MAX_RATIO = 200;
const SMALL_BYTES = 1_048_576;

/**
 * Opens a zip archive without unpacking anything.
 *
 * @throws {RunnerError} `archive_limit` where it would take too much to unpack, or its files share bytes
 */
export async function openArchive(bytes: Uint8Array): Promise<Archive> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const zip = await yauzl.fromBufferPromise(buffer, { lazyEntries: true });
  const all = await readEntries(zip);
  const entries = new Map(all.map((entry) => [entry.fileName, entry]));
  let leftBytes = MAX_READ_BYTES;

  async function* unpack(entry: Entry): AsyncGenerator<Uint8Array> {
    // yauzl ends with an error where there is more than the directory says.
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
    hint: "It may be made to exhaust who opens it; if it is yours, save it again in its own program.",
  });
}
