import fc from "fast-check";
import { expect, test } from "vitest";
import { extractJson } from "../../../daemon/preprocess/extract/json.ts";

const read = (text: string) => {
  const extracted = extractJson({
    bytes: Buffer.from(text),
    name: "a.json",
    content_type: "application/json",
  });
  if ("skipped" in extracted) throw new Error(extracted.skipped);
  return extracted;
};
const PADDING = `"${"x".repeat(200)}"`;

test("JSON that can be read stays as it is", () => {
  expect(read('{\n\t"a": 1}').text).toBe('{\n\t"a": 1}');
});

test("JSON on one long line is set out, its values as they were written", () => {
  const { text, warnings } = read(
    `{"id":12345678901234567890,"n":1.0,"e":[],"s":"a\\"[,]","p":${PADDING}}`,
  );
  expect(text).toBe(
    `{\n  "id": 12345678901234567890,\n  "n": 1.0,\n  "e": [],\n  "s": "a\\"[,]",\n  "p": ${PADDING}\n}\n`,
  );
  expect(warnings).toEqual([]);
});

test("setting JSON out changes no value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.stringify([value, "x".repeat(200)]);
      expect(JSON.parse(read(json).text)).toEqual(JSON.parse(json));
    }),
  );
});

test("JSON Lines are read record by record, and broken lines stay unchanged", () => {
  const { text, warnings } = read(
    '{"who":"Ann","says":"a\\nb"}\n{"who":"Bob","tags":["x"]}\noops\n',
  );
  expect(text).toBe('who: Ann\nsays:\n  a\n  b\n\nwho: Bob\ntags: ["x"]\n\noops\n');
  expect(warnings).toEqual([
    {
      code: "invalid_json_lines",
      message: "Lines that are not valid JSON: 1; they stand as they are.",
    },
  ]);
});

test("invalid JSON is read as text, with a warning", () => {
  expect(read("// settings\n{a: 1}")).toMatchObject({
    text: "// settings\n{a: 1}",
    warnings: [
      { code: "invalid_json", message: "It is not valid JSON, and was read as plain text." },
    ],
  });
});
