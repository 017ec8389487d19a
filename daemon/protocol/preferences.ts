import { z } from "zod";

/** The most pages whose filters are kept. */
export const MOST_PAGES = 50;

const filters = z
  .record(
    z.string().regex(/^\//, "expected a path, beginning with /").max(200),
    z.string().max(1_000),
  )
  .describe("The query that each list of the page opens with, by its path.");

export const preferencesSchema = z.object({ filters }).meta({
  id: "Preferences",
  description: "How the page opens, as you left it.",
  examples: [{ filters: { "/tasks": "group=project" } }],
});
export type Preferences = z.infer<typeof preferencesSchema>;

export const preferencesEdit = z.strictObject({
  filters: filters.exactOptional().describe("The lists that change; an empty query removes one."),
});
export type PreferencesEdit = z.infer<typeof preferencesEdit>;
