import { z } from "zod";
import { listDrafts } from "../../journal/drafts.ts";
import { pageSchema } from "../../protocol/api.ts";
import { draftBody, draftSchema, keptDraft } from "../../protocol/draft.ts";
import type { App, Door } from "../door.ts";

const params = z.object({
  draft_id: z.string().min(1).max(80).describe("Its id, chosen by whoever keeps it."),
});

/** What was typed into forms of the page and not saved. */
export function draftRoutes(app: App, { control, journal }: Door): void {
  app.get(
    "/api/drafts",
    {
      schema: {
        about: {
          id: "listDrafts",
          tag: "drafts",
          summary: "List what was typed into forms and not saved, newest first",
        },
        response: { 200: pageSchema(draftSchema) },
      },
    },
    () => ({ items: listDrafts(journal), next_cursor: null }),
  );

  app.put(
    "/api/drafts/:draft_id",
    {
      schema: {
        about: {
          id: "keepDraft",
          tag: "drafts",
          summary:
            "Keep what was typed into a form until it is saved; keys of the config are left out",
          codes: ["draft_too_long", "too_many_drafts", "config_invalid"],
          example: {
            page: "/tasks",
            form: "New task",
            texts: { title: "Send the offer" },
            before: { title: "0" },
          },
        },
        params,
        body: draftBody,
        response: { 200: keptDraft },
      },
    },
    ({ params: { draft_id }, body }) => control.keepDraft(draft_id, body),
  );

  app.delete(
    "/api/drafts/:draft_id",
    {
      schema: {
        about: {
          id: "discardDraft",
          tag: "drafts",
          summary: "Discard a draft, because it was saved or is not wanted; also if it is not kept",
        },
        params,
        response: { 204: z.undefined() },
      },
    },
    async ({ params: { draft_id } }, reply) => {
      control.discardDraft(draft_id);
      return reply.code(204).send();
    },
  );
}
