import { z } from "zod";
import { noteFields } from "../../protocol/entity.ts";
import { defineTool, pickGiven } from "../tool.ts";

const LIMIT = 50;
// Enough to know what the note says; an update replaces the whole body.
const BODY_CHARS = 1_000;

export const listNotes = defineTool({
  name: "list_notes",
  description: `Lists notes with their ids and states, latest first, ${LIMIT} at most; of notes that came from this file also how they begin.`,
  arguments: z.object({
    status: noteFields.shape.status.nullish().describe("Only notes of this status."),
    project_id: z.string().nullish().describe("Only notes of this project."),
    text: z.string().max(200).nullish().describe("Only notes with all these words in the title."),
  }),
  run({ project_id, ...rest }, workspace) {
    const filter = { ...pickGiven(rest), ...(project_id ? { project_id } : {}) };
    const notes = workspace.listNotes(filter, LIMIT).map(({ id, fields, of_this_file }) => ({
      id,
      title: fields.title,
      status: fields.status,
      project_id: fields.project_id,
      ...(of_this_file ? { body: fields.body?.slice(0, BODY_CHARS).toWellFormed() } : {}),
    }));
    return { ok: true, notes };
  },
});
