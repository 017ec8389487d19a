import { z } from "zod";
import { listQuery } from "./api.ts";

export const searchType = z.enum(["project", "task", "note", "file"]);

export const searchQuery = listQuery.extend({
  q: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .describe("Words that must all occur, or the beginnings of words from three letters on."),
  type: searchType.exactOptional().describe("Only of this type."),
});

export const searchItem = z
  .object({
    type: searchType.describe("What was found; file: in the clean text of one."),
    id: z.string().describe("Its id."),
    title: z.string().describe("Its title; a project's or a file's name."),
    snippet: z.string().describe("Its text around the first of the words, in one line."),
    status: z.string().nullable().describe("How an entity stands; null: a file."),
    path: z.string().nullable().describe("Where a file is; null: an entity."),
  })
  .meta({ id: "SearchItem", description: "Something in which the words occur, the best first." });
export type SearchItem = z.infer<typeof searchItem>;
export type SearchType = SearchItem["type"];
