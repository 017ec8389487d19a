import { expect, test } from "vitest";
import { extract } from "../../../daemon/preprocess/extract.ts";

async function read(body: string, head = "\\ansi\\ansicpg1252") {
  const bytes = Buffer.from(`{\\rtf1${head} ${body}}`, "latin1");
  const result = await extract({ bytes, name: "a.rtf", content_type: "application/rtf" });
  if (result.outcome !== "document") return result.reason;
  return result.document;
}
const textOf = async (...args: Parameters<typeof read>): Promise<string> => {
  const found = await read(...args);
  return typeof found === "string" ? found : found.text;
};

test.each([
  ["paragraphs and lines", "One\\par Two\\line three\\par", "One\n\nTwo\nthree\n"],
  ["bytes of the code page", "caf\\'e9 \\'80", "café €\n"],
  ["bytes that are not escaped", "caf\u00e9", "café\n"],
  ["Unicode with its replacement", "\\u1055?\\u1088\\'3f!", "Пр!\n"],
  ["Unicode without one", "{\\uc0\\u8364}5", "€5\n"],
  ["two halves of one character", "\\u-10179?\\u-8694?", "😊\n"],
  ["marks and spaces", "a\\~b\\_c\\emdash d\\{e\\}\\\\", "a b-c—d{e}\\\n"],
  [
    "what is not of the text",
    "{\\fonttbl{\\f0 Arial;}}{\\*\\unknown no}{\\pict 00ff}{\\header no}yes",
    "yes\n",
  ],
  ["an asterisk in the middle of a group", "{\\b0\\*\\cs7 yes}", "yes\n"],
  ["binary data", "{\\pict\\bin4 }{}}}yes", "yes\n"],
  [
    "lists with their marks",
    "{\\listtext\\'b7\\tab}dot\\par{\\pntext 1.\\tab}number\\par",
    "- dot\n1. number\n",
  ],
  [
    "tables",
    "\\trowd\\intbl Task\\cell Due\\cell\\row\\trowd\\intbl Dig\\par and rake\\cell May\\cell\\row\\pard after",
    "| Task | Due |\n| --- | --- |\n| Dig; and rake | May |\n\nafter\n",
  ],
  ["a link by its text", "{\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt here}}", "here\n"],
  ["deleted text", "a{\\deleted b}c", "ac\n"],
  ["a footnote", "a{\\footnote  the source\\par}b", "a[^1]b\n\n[^1]: the source\n"],
  ["nothing", "", "empty"],
])("%s", async (_, body, expected) => {
  expect(await textOf(body)).toBe(expected);
});

test("a font has the code page of its script, where a character may have two bytes", async () => {
  const fonts = "{\\fonttbl{\\f0\\fcharset204 A;}{\\f1\\fcharset128 B;}}";
  expect(await textOf(`${fonts}\\f0 \\'cf\\'f0\\f1 \\'82\\'b1\\'83\\'5c\\'83\\\\`)).toMatch(
    /^Прこソ/u,
  );
});

test("hidden text is left out and counted, and the file says who wrote it", async () => {
  expect(await read("{\\info{\\title Plan}{\\author Ann}}a{\\v secret}b")).toMatchObject({
    title: "Plan",
    text: "ab\n",
    metadata: { title: "Plan", author: "Ann" },
    warnings: [{ code: "hidden_text" }],
  });
});

test("groups that are nested too deeply fail, and open ones end with the file", async () => {
  await expect(read("{".repeat(20_000))).rejects.toThrow("nested too deeply");
  expect(await textOf("{{{yes")).toBe("yes\n");
});
