import fc from "fast-check";
import { expect, test } from "vitest";
import { reapply } from "../../daemon/commit/reapply.ts";
import { undo } from "../../daemon/commit/undo.ts";
import { editByUser } from "../../daemon/commit/user-edit.ts";
import { listEntityViews } from "../../daemon/journal/entity-views.ts";
import { shareSources } from "../../daemon/journal/sources.ts";
import { addFile, NOW, openTestJournal } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";

/*
 * Histories of files that lose lines and get them back, against an oracle that keeps each reading of each file and
 * decides from them alone whether a file still has what was said of it.
 */

const LINES = ["Pay rent", "Call Ann", "Buy paint", "Mow the lawn"];

type Step =
  | {
      do: "work";
      path: number;
      lines: string[];
      /** How many of its lines the job says. */
      says: number;
      extractor: string;
      is_capped: boolean;
    }
  | { do: "revert" | "copy" | "rename" | "undo" | "undo-file"; path: number; to: number }
  | { do: "edit"; which: number; status: "open" | "done" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("work"),
      path: fc.nat(1),
      lines: fc.subarray(LINES),
      says: fc.constantFrom(0, 1, 4, 4, 4),
      extractor: fc.constantFrom("1", "1", "1", "2"),
      is_capped: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("revert", "copy", "rename", "undo", "undo-file"),
      path: fc.nat(3),
      to: fc.nat(9),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("edit"),
      which: fc.nat(9),
      status: fc.constantFrom("open", "done"),
    }),
  },
);

interface Reading {
  job_id: string;
  /** ISO 8601. */
  finished_at: string;
  run_id: string;
  hash: string;
  text: string;
  extractor: string;
  is_whole: boolean;
  /** The title as the job said it, by the id of the entity. */
  said: Map<string, string>;
  isUndone: boolean;
}

interface OracleFile {
  file_id: string;
  readings: Reading[];
  /** Those that were taken back for this file alone. */
  undone: Set<Reading>;
  /** Which of its contents came last is not recorded: an undo after a return to an earlier one. */
  isVague: boolean;
  hasReturned: boolean;
}

/** When the job of a step is done, of at most a hundred steps. */
function instantOf(step: number): string {
  return NOW.replace(/00\.000Z$/u, `${String(step).padStart(2, "0")}.000Z`);
}

function inForceOf({ readings, undone }: OracleFile): Reading[] {
  return readings.filter((reading) => !reading.isUndone && !undone.has(reading));
}

/** What a file's readings in force say of its source: undefined if none of them says the entity. */
function judge(file: OracleFile, id: string) {
  const inForce = inForceOf(file);
  const at = inForce.findLastIndex(({ said }) => said.has(id));
  const saying = inForce[at];
  if (saying === undefined) return undefined;
  const quote = saying.said.get(id) ?? "";
  const later = inForce
    .slice(at + 1)
    .filter(({ is_whole, extractor }) => is_whole && extractor === saying.extractor);
  return { quote, hash: saying.hash, current: later.at(-1)?.text.includes(quote) ?? true };
}

/** Whether the text that a file has now shows a passage; undefined: that text shows nothing of it. */
function judgeNow(file: OracleFile, hash: string, quote: string): boolean | undefined {
  const now = file.readings.at(-1);
  const of = file.readings.find((reading) => reading.hash === hash);
  if (now === undefined || !inForceOf(file).includes(now) || !now.is_whole) return undefined;
  return now.extractor === of?.extractor ? now.text.includes(quote) : undefined;
}

async function live(on_drop: "mark" | "retire", steps: readonly Step[]): Promise<void> {
  using opened = await openTestJournal();
  const { journal } = opened;
  const files = new Map<string, OracleFile>();
  const edited = new Map<string, string>();
  let copies = 0;
  for (const [index, one] of steps.entries()) {
    const [path = "", file] = [...files][one.do === "edit" ? 0 : one.path % files.size] ?? [];
    switch (one.do) {
      case "work": {
        const { lines, says, extractor, is_capped } = one;
        const [target, content] = [`/in/${one.path}.md`, String.fromCodePoint(0x4e00 + index)];
        const text = `Version ${index}\n${lines.join("\n")}`;
        const options = { content, paths: [target], text, extractor, is_capped, on_drop };
        const said = new Map<string, string>();
        const { job, run_id, file_ids } = workJob(journal, options, (workspace) => {
          for (const title of lines.slice(0, says)) {
            const written = workspace.createTask({ title }, title);
            if (written.outcome !== "refused") said.set(written.entity.id, title);
          }
        });
        const finished_at = instantOf(index);
        const { job_id } = job;
        journal.run(
          journal.build.updateTable("jobs").set({ finished_at }).where("job_id", "=", job_id),
        );
        const known = files.get(target) ?? {
          file_id: file_ids[0] ?? "",
          readings: [],
          undone: new Set(),
          isVague: false,
          hasReturned: false,
        };
        files.set(target, known);
        known.readings.push({
          job_id,
          finished_at,
          run_id,
          hash: job.hash,
          text,
          extractor,
          said,
          is_whole: !is_capped,
          isUndone: false,
        });
        break;
      }
      case "revert": {
        const inForce = file === undefined ? [] : inForceOf(file);
        const reading = inForce[one.to % inForce.length];
        if (file === undefined || reading === undefined) break;
        const { job_id, hash } = reading;
        addFile(journal, { path, hash, job_id });
        const returned = {
          job_id,
          file_id: file.file_id,
          agent_id: "inbox",
          run_id: null,
          on_drop,
        };
        reapply(journal, returned, NOW);
        file.readings.push(reading);
        file.hasReturned = true;
        break;
      }
      case "copy": {
        const reading = file === undefined ? undefined : inForceOf(file).at(-1);
        if (reading === undefined) break;
        const { job_id, hash } = reading;
        const to = `/in/copy-${(copies += 1)}.md`;
        const file_id = addFile(journal, { path: to, hash, job_id });
        shareSources(journal, { job_id, file_id }, NOW);
        const readings = [reading];
        files.set(to, { file_id, readings, undone: new Set(), isVague: false, hasReturned: false });
        break;
      }
      case "rename": {
        if (file === undefined) break;
        const to = `/in/moved-${index}.md`;
        journal.run(
          journal.build.updateTable("files").set({ path: to }).where("file_id", "=", file.file_id),
        );
        files.delete(path);
        files.set(to, file);
        break;
      }
      case "undo": {
        const reading = file?.readings[one.to % file.readings.length];
        if (reading === undefined) break;
        undo(journal, { run_id: reading.run_id }, NOW);
        // What the user edited keeps its create and its confirmations.
        const isKept = [...reading.said.keys()].some((id) => edited.has(id));
        for (const each of files.values()) {
          if (!each.readings.includes(reading)) continue;
          each.isVague ||= each.hasReturned || isKept;
        }
        reading.isUndone = true;
        break;
      }
      case "undo-file": {
        if (file === undefined) break;
        undo(journal, { file_id: file.file_id, since: null }, NOW);
        const isKept = file.readings.some(({ said }) =>
          [...said.keys()].some((id) => edited.has(id)),
        );
        file.isVague ||= isKept;
        for (const reading of file.readings) file.undone.add(reading);
        break;
      }
      case "edit": {
        const tasks = listEntityViews(journal, "task", { limit: 500 }).items;
        const task = tasks[one.which % tasks.length];
        if (task === undefined) break;
        if (task.status === one.status) break;
        editByUser(journal, "task", task.id, { status: one.status }, NOW);
        edited.set(task.id, one.status);
        break;
      }
    }
    for (const task of listEntityViews(journal, "task", { limit: 500 }).items) {
      const what = `${task.title} after step ${index}`;
      const known = [...files.values()];
      for (const { file_id, hash, current, quote } of task.sources) {
        const file = known.find((each) => each.file_id === file_id);
        const shown = file && judgeNow(file, hash, quote ?? "");
        if (shown !== undefined) expect(current, what).toBe(shown);
      }
      if (known.some(({ isVague }) => isVague)) break;
      const expected = known.flatMap((each) => {
        const source = judge(each, task.id);
        return source === undefined ? [] : [{ file_id: each.file_id, ...source }];
      });
      const sources = task.sources.map(({ file_id, quote, hash, current }) => {
        return { file_id, quote, hash, current };
      });
      const byFile = (a: { file_id: string }, b: { file_id: string }): number =>
        a.file_id < b.file_id ? -1 : 1;
      expect(sources.toSorted(byFile), what).toEqual(expected.toSorted(byFile));
      expect(task.in_file, what).toBe(
        expected.length === 0 || expected.some(({ current }) => current),
      );
      const isUndone = steps.slice(0, index + 1).some((done) => done.do.startsWith("undo"));
      const as_edited = edited.get(task.id);
      const either = isUndone ? ["open", "cancelled"] : task.in_file ? ["open"] : ["cancelled"];
      const possible = on_drop === "mark" ? ["open"] : either;
      expect(as_edited === undefined ? possible : [as_edited], what).toContain(task.status);
    }
  }
}

const RUNS = Number(process.env["EVIDENCE_RUNS"] ?? 40);
const steps = fc.array(step, { minLength: 2, maxLength: 14 });

test("each file has what its readings in force say, at every step", async () => {
  await expectRight("mark");
});

test("what no file has any more is closed at every step with on_drop: retire", async () => {
  await expectRight("retire");
});

async function expectRight(on_drop: "mark" | "retire"): Promise<void> {
  await fc.assert(
    fc.asyncProperty(steps, (history) => live(on_drop, history)),
    { numRuns: RUNS },
  );
}
