import fc from "fast-check";
import { expect, test } from "vitest";
import { finishRun, markListed } from "../../daemon/journal/runs.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";
import { type Asked, openObservedFolder, type Seen } from "./observed-folder.ts";

const NAMES = ["a", "b", "c", "d", "e"] as const;
type What = "1" | "2" | "skipped" | "unreadable" | "unsettled" | "gone" | "unseen";

const what = fc.constantFrom<What[]>(
  "1",
  "2",
  "2",
  "skipped",
  "unreadable",
  "unsettled",
  "gone",
  "unseen",
);
const listing = fc.record({
  files: fc.tuple(what, what, what, what, what),
  asked: fc.record({
    recipe: fc.constantFrom("r1", "r2"),
    on_recipe_change: fc.constantFrom("new_only" as const, "all" as const),
    force: fc.boolean(),
    takes_put_off: fc.boolean(),
  }),
  repeats: fc.boolean(),
  end: fc.constantFrom("done", "failed", "skipped", "put off", "cancelled"),
});

/** What a scan says of the files; nothing can be gone that was never there. */
function toSeen(files: readonly What[], isKnown: (name: string) => boolean): Seen[] {
  return files.flatMap((each, index) => {
    const name = NAMES[index] ?? "";
    if (each === "unseen" || (each === "gone" && !isKnown(name))) return [];
    return each === "1" || each === "2"
      ? [{ observed: { [name]: each } }]
      : [{ [each]: [name] } as Seen];
  });
}

const countOf = (seen: readonly Seen[]): number =>
  seen.filter(({ gone }) => gone === undefined).length;

test("after any listings, counts add up, every file is accounted for, and nothing is to be done twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(listing, { minLength: 1, maxLength: 6 }), async (listings) => {
      using opened = await openTestJournal();
      const { journal } = opened;
      const folder = openObservedFolder(journal);
      for (const { files, asked, repeats, end } of listings) {
        const seen = toSeen(files, (name) => folder.row(name) !== undefined);
        const run_id = listOnce(folder, journal, seen, asked, repeats);
        const stated = () => {
          expect(findFaults(folder)).toEqual([]);
          const run = folder.finish(run_id);
          const { found, ...rest } = run.files;
          expect(found).toBe(countOf(seen));
          expect(Object.values(rest).every((count) => count >= 0)).toBe(true);
          return run;
        };
        stated();
        if (end === "put off") folder.putOff(run_id);
        else if (end === "cancelled") finishRun(journal, run_id, "cancelled", NOW);
        else folder.work(run_id, end);
        expect(stated().status).not.toBe("running");
      }
    }),
    { numRuns: 40 },
  );
});

test("observing the same again changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(listing, { minLength: 1, maxLength: 3 }), async (listings) => {
      using opened = await openTestJournal();
      const { journal } = opened;
      const folder = openObservedFolder(journal);
      for (const { files, asked, end } of listings) {
        const seen = toSeen(files, (name) => folder.row(name) !== undefined);
        const run_id = folder.begin();
        const counts = folder.observe(run_id, seen, asked);
        const before = [folder.files(), folder.jobs()];
        expect(folder.observe(run_id, seen, asked)).toEqual(counts);
        expect([folder.files(), folder.jobs()]).toEqual(before);
        markListed(journal, run_id, counts, NOW);
        if (end === "put off") folder.putOff(run_id);
        else folder.work(run_id, end === "cancelled" ? "done" : end);
      }
    }),
    { numRuns: 40 },
  );
});

type Folder = ReturnType<typeof openObservedFolder>;

function listOnce(
  folder: Folder,
  journal: Parameters<typeof markListed>[0],
  seen: readonly Seen[],
  asked: Asked,
  repeats: boolean,
): string {
  const run_id = folder.begin();
  // A crash while listing: the first half was seen, then all of it again.
  if (repeats) folder.observe(run_id, seen.slice(0, Math.ceil(seen.length / 2)), asked);
  markListed(journal, run_id, folder.observe(run_id, seen, asked), NOW);
  return run_id;
}

/** What is wrong with the journal; nothing, if every file is accounted for. */
function findFaults(folder: Folder): string[] {
  const jobs = new Map(folder.jobs().map((job) => [job.job_id, job]));
  const unaccounted = folder.files().filter((file) => {
    const job = file.job_id === null ? undefined : jobs.get(file.job_id);
    const isOfJob = job?.state === file.state && job.hash === file.hash;
    switch (file.state) {
      case "pending":
        return !(isOfJob || (job === undefined && file.reason && file.next_attempt_at));
      case "done":
        return !isOfJob;
      case "failed":
        return file.error === null;
      case "skipped":
        return file.reason === null;
      case "gone":
        return false;
      case "working":
        return true;
    }
  });
  const open = [...jobs.values()].filter(({ state }) => state === "pending" || state === "working");
  const wanted = new Set(folder.files().map((file) => file.state === "pending" && file.job_id));
  const unwanted = open.filter(({ job_id }) => !wanted.has(job_id));
  const contents = open.map(({ hash, recipe }) => `${hash} ${recipe}`);
  const twice = contents.filter((content, index) => contents.indexOf(content) !== index);
  return [
    ...unaccounted.map(({ path, state }) => `${path} is ${state}`),
    ...unwanted.map(({ job_id }) => `${job_id} is for nobody`),
    ...twice,
  ];
}
