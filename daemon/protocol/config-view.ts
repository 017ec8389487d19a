import { z } from "zod";

const configIssue = z.object({
  line: z.int().positive().describe("Counts from 1."),
  column: z.int().positive().describe("Counts from 1."),
  key: z.string().describe("E.g. agents[0].max_depth; empty: the text is not YAML."),
  value: z.string().describe("The value there, shortened, or (hidden)."),
  expected: z.string().describe("What would be valid."),
  message: z.string().describe("The whole issue in one sentence."),
});

/** config.yaml as it is. */
export const configView = z
  .object({
    path: z.string().describe("Where the file is."),
    text: z
      .string()
      .nullable()
      .describe(
        "The file's text, with (hidden 1) … in place of each key; null: it is not YAML, so a key cannot be recognized.",
      ),
    parsed: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe(
        "The settings with defaults filled in and keys hidden; ${NAME} stays. null: not valid.",
      ),
    etag: z.string().describe("For If-Match; the header ETag has it too."),
    issues: z
      .array(configIssue)
      .describe("The mistakes for which the earlier settings stay in force."),
  })
  .meta({ id: "Config", description: "config.yaml as it is." });
export type ConfigView = z.infer<typeof configView>;

export const configEdit = z.strictObject({
  text: z
    .string()
    .max(1_000_000)
    .describe("The whole new text; (hidden 1) … keep the keys of the file."),
});

export const configHeaders = z.looseObject({
  "if-match": z
    .string()
    .exactOptional()
    .describe(
      "The etag of the text that was edited; a missing or different etag is refused with 412.",
    ),
});

export const configIssues = z.object({
  issues: z.array(configIssue).describe("The mistakes in the text, by line; empty: none."),
});
