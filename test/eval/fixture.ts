import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { taskFields } from "../../daemon/protocol/entity.ts";

const FOLDER = path.join(import.meta.dirname, "../fixture/document");
const SUFFIX = ".expected.yaml";

const { title, due_date, status, priority } = taskFields.shape;

/** What a person would want recorded of a document; `test/fixture/document/README.md` says how it is written. */
const expectationSchema = z.strictObject({
  held_out: z.boolean().default(false),
  modified: z.iso.date().default("2026-11-20"),
  active_projects: z.array(z.string()).default([]),
  note: z.string(),
  projects: z.array(z.string()).default([]),
  tasks: z.array(
    z.strictObject({
      title,
      at: z.string(),
      due_date: due_date.default(null),
      status: status.default("open"),
      priority: priority.default("normal"),
    }),
  ),
  not_tasks: z.array(z.string()).default([]),
});

export type Expectation = z.output<typeof expectationSchema>;
export type WantedTask = Expectation["tasks"][number];

/** A document to read, with what is wanted of it. */
export interface Fixture {
  /** `mail/venue.eml` */
  path: string;
  /** `mail` */
  kind: string;
  /** `venue.eml` */
  name: string;
  bytes: Uint8Array;
  wanted: Expectation;
}

/** Every document of the fixtures, by path. */
export function readFixtures(): Fixture[] {
  const paths = globSync(`*/*${SUFFIX}`, { cwd: FOLDER }).toSorted();
  return paths.map((expected) => {
    const document = expected.slice(0, -SUFFIX.length);
    return {
      path: document.replaceAll(path.sep, "/"),
      kind: path.dirname(document),
      name: path.basename(document),
      bytes: readFileSync(path.join(FOLDER, document)),
      wanted: expectationSchema.parse(parse(readFileSync(path.join(FOLDER, expected), "utf8"))),
    };
  });
}
