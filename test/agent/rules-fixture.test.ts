import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { planDocument } from "../../daemon/agent/model/rules/plan.ts";
import { openIsolate } from "../../daemon/preprocess/isolate.ts";
import { preprocess } from "../../daemon/preprocess/preprocess.ts";
import { taskFields } from "../../daemon/protocol/entity.ts";
import { frameOf } from "./rules-input.ts";

const FOLDER = path.join(import.meta.dirname, "../fixture/document");

/** What a person would record of the document beside it; its file was last changed on 2026-11-20. */
const expectation = z.strictObject({
  project: z.string().nullable(),
  note_title: z.string(),
  tasks: z.array(taskFields.pick({ title: true, due_date: true, status: true, priority: true })),
});

const names = readdirSync(FOLDER).filter((name) => !name.endsWith(".json"));

test("there are documents to read", () => {
  expect(names.length).toBeGreaterThanOrEqual(12);
});

test.each(names)(
  "%s gives the note, the project and the tasks that a person would record",
  async (name) => {
    const bytes = readFileSync(path.join(FOLDER, name));
    const snapshot = { bytes, hash: "", size: bytes.length, mtime_ms: 0, ctime_ms: 0, inode: 0 };
    await using isolate = openIsolate();
    const preprocessed = await preprocess(snapshot, name, { isolate });
    if (preprocessed.outcome !== "document") throw new Error(`${name} is no document`);
    const frame = frameOf({ file_name: name, projects: [{ id: "project_1", name: "Garden" }] });
    const plan = planDocument(preprocessed.document, frame);

    const wanted = path.join(FOLDER, `${path.parse(name).name}.json`);
    expect({
      project: plan.note?.project?.name ?? null,
      note_title: plan.note?.title,
      tasks: plan.tasks.map(({ title, due_date, status, priority }) => ({
        title,
        due_date,
        status,
        priority,
      })),
    }).toEqual(expectation.parse(JSON.parse(readFileSync(wanted, "utf8"))));
  },
);
