import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { RunnerError } from "../../../daemon/core/errors.ts";
import { openIsolate } from "../../../daemon/preprocess/isolate.ts";
import { preprocess } from "../../../daemon/preprocess/preprocess.ts";

/*
 * Real files of many programs, read as the daemon reads them. Not part of the product; absent, the test is skipped.
 */

const FORMATS = path.resolve(import.meta.dirname, "../../../../shared/corpus/formats");

/** What each kind of file may end as, besides a document; the files that are damaged or locked on purpose by name. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  "apache--protect.xlsx": ["encrypted"],
  "apache--protected_normal_case.docx": ["encrypted"],
  "apache--protected_upper_case.docx": ["encrypted"],
  "SheetJS--author_snowman.xlsx": ["empty"],
  "SheetJS--BlankSheetTypes.ods": ["empty"],
  "apache--testEXCEL_95.xls": ["empty"],
  "apache--testEXCEL_embeddedPDF_windows.xls": ["empty"],
  "apache--testMasterFooter.odp": ["empty"],
  "apache--testODPMacro.odp": ["empty"],
  "apache--testPPT_charts.pptx": ["empty"],
  "apache--testPPT_embeddedMP3.pptx": ["empty"],
  "apache--testRTFEmbeddedLink.rtf": ["empty"],
  "HiraokaHyperTools--test2.rtf": ["empty"],
  "apache--Doc1_ole.doc": ["empty"],
  "apache--simple_upper_case.doc": ["decoding_failed"],
  "apache--asf-tika-logos.zip": ["unsupported"],
  "apache--droste.zip": ["unsupported"],
  // Its only file is a drawing without words.
  "apache--testOpenOfficeInAZip.zip": ["unsupported"],
  "apache--testZIP_corrupted_oom.zip": ["decoding_failed"],
  "apache--testZip_absolutePath.zip": ["decoding_failed"],
};

const READ = "csv doc docx eml epub ics mbox msg odp ods odt pptx rtf vtt xls xlsx zip".split(" ");

test.skipIf(!existsSync(FORMATS))(
  "real files are read, and those that cannot be have their reason",
  { timeout: 240_000 },
  async () => {
    await using isolate = openIsolate();
    const ends: Record<string, string> = {};
    for (const kind of READ.filter((one) => existsSync(path.join(FORMATS, one)))) {
      for (const name of readdirSync(path.join(FORMATS, kind))) {
        const bytes = readFileSync(path.join(FORMATS, kind, name));
        const snapshot = {
          bytes,
          hash: "",
          size: bytes.length,
          mtime_ms: 0,
          ctime_ms: 0,
          inode: 0,
        };
        const end = await preprocess(snapshot, name, { isolate }).then(
          (result) => (result.outcome === "document" ? "document" : result.reason),
          (error: unknown) => (error instanceof RunnerError ? error.code : "bug"),
        );
        const expected = ENDS[name] ?? ["document"];
        if (!expected.includes(end)) ends[name] = end;
      }
    }
    expect(ends).toEqual({});
  },
);
