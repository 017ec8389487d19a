import { z } from "zod";

const configIssue = z.object({
  line: z.int().positive().describe("Counts from 1."),
  column: z.int().positive().describe("Counts from 1."),
  key: z.string().describe("E.g. agents[0].max_depth; empty: the text is no YAML."),
  value: z.string().describe("What stands there, in short, or (hidden)."),
  expected: z.string().describe("What would be right."),
  message: z.string().describe("All of it in one sentence."),
});

/** config.yaml as it stands. */
export const configView = z
  .object({
    path: z.string().describe("Where the file is."),
    text: z
      .string()
      .nullable()
      .describe(
        "As it is written, with (hidden 1) … for each key that is written out; null: it is no YAML, so that a key cannot be told from the rest.",
      ),
    parsed: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe("With defaults filled in and keys hidden; ${NAME} stays. null: it is not valid."),
    etag: z.string().describe("For If-Match; as in the header ETag."),
    issues: z
      .array(configIssue)
      .describe("What is wrong with it, so that the settings before stay in force."),
  })
  .meta({ id: "Config", description: "config.yaml as it stands." });
export type ConfigView = z.infer<typeof configView>;

export const configEdit = z.strictObject({
  text: z
    .string()
    .max(1_000_000)
    .describe("The whole new text; (hidden 1) … keep the keys that stand in the file."),
});

export const configHeaders = z.looseObject({
  "if-match": z
    .string()
    .exactOptional()
    .describe("The etag of the text that was edited; without it, or with another, 412."),
});

export const configIssues = z.object({
  issues: z.array(configIssue).describe("What is wrong with the text, by line; empty: nothing."),
});
