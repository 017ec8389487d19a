import { z } from "zod";
import { AT } from "./example.ts";

/** The most drafts that are kept, and the most characters of one and of all. */
export const MOST_DRAFTS = 100;
export const MOST_DRAFT_CHARS = 300_000;
export const MOST_CHARS_OF_ALL = 3_000_000;

const byField = z.record(z.string().min(1).max(200), z.string());

const fields = {
  page: z
    .string()
    .regex(/^\/(?![/\\])/, "expected the path of a page, beginning with one /")
    .max(500)
    .describe("The path of the page that has the form."),
  form: z.string().min(1).max(200).describe("The name of the form on that page."),
  texts: byField.describe("What was typed, by field."),
  before: byField.describe("A mark of what each field held when it was typed into."),
};

/** The body that keeps a draft. */
export const draftBody = z.strictObject({
  ...fields,
  replaces: z
    .string()
    .max(80)
    .exactOptional()
    .describe("The draft that this one goes on with; it is discarded."),
});
export type DraftBody = z.infer<typeof draftBody>;

/** The query of a request that saves what a draft has. */
export const savedDraft = z.strictObject({
  draft_id: z
    .string()
    .max(80)
    .exactOptional()
    .describe("The draft that this saves; it is discarded in the same step."),
});

export const draftSchema = z
  .object({
    draft_id: z.string().describe("Its id, chosen by whoever keeps it."),
    ...fields,
    without_keys: z
      .boolean()
      .describe("true: a key was typed; (hidden 0) is in its place, or its field is left out."),
    created_at: z.iso.datetime().describe("When it was first kept."),
    updated_at: z.iso.datetime().describe("When it was last kept."),
  })
  .meta({
    id: "Draft",
    description: "What was typed into a form of the page and not saved.",
    examples: [
      {
        draft_id: "draft_7f3c",
        page: "/notes/note_0mch5y3m6g0h",
        form: "Note",
        texts: { title: "What the roofer said" },
        before: { title: "1f" },
        without_keys: false,
        created_at: AT,
        updated_at: AT,
      },
    ],
  });
export type Draft = z.infer<typeof draftSchema>;

export const keptDraft = draftSchema.pick({ draft_id: true, without_keys: true, updated_at: true });
export type KeptDraft = z.infer<typeof keptDraft>;
