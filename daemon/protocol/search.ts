import { z } from "zod";
import { listQuery } from "./api.ts";

export const searchType = z.enum(["project", "task", "note", "file"]);

export const searchQuery = listQuery.extend({
  q: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .describe(
      "Words that must all occur. From three letters on, the beginning of a word is enough.",
    ),
  type: searchType.exactOptional().describe("Only of this type."),
});

export const searchItem = z
  .object({
    type: searchType.describe("What was found; file: the words are in its clean text."),
    id: z.string().describe("Its id."),
    title: z.string().describe("Its title; a project's or a file's name."),
    snippet: z.string().describe("The text around the first word that matches, in one line."),
    status: z.string().nullable().describe("The status of an entity; null: a file."),
    path: z.string().nullable().describe("The path of a file; null: an entity."),
  })
  .meta({ id: "SearchItem", description: "Something that contains the words." });
export type SearchItem = z.infer<typeof searchItem>;
export type SearchType = SearchItem["type"];
