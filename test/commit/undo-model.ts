import type { Change, ChangeSet } from "../../daemon/protocol/change-set.ts";
import { ENTITY_DEFAULTS, type TaskFields } from "../../daemon/protocol/entity.ts";

type Fields = Partial<Pick<TaskFields, "due_date" | "priority" | "project_id">>;

/** A task as the model has it after a step; `fields` is null where it is deleted. */
export interface ModelTask {
  id: string;
  deleted: "user" | "undo" | null;
  fields: Fields | null;
  paths: string[];
}

interface ModelJob {
  job_id: string;
  run_id: string;
  paths: Set<string>;
  isUndone: boolean;
}

interface Word {
  by: ModelJob | "user";
  fields: Fields;
  /** What it said and was so already, or had been edited. */
  confirmed: Fields;
  isUndone: boolean;
}

interface Thing {
  id: string;
  kind: "task" | "project";
  base: Fields;
  words: Word[];
  edited: Set<string>;
  deleted: "user" | "undo" | null;
}

/**
 * What is to be true after jobs, edits and undos: each thing keeps its words, and is what those in force make of
 * it. Ids are names; nothing is stored but lists.
 */
export function createUndoModel() {
  const things = new Map<string, Thing>();
  const jobs: ModelJob[] = [];

  const ofKind = (kind: Thing["kind"]): Thing[] =>
    [...things.values()].filter((thing) => thing.kind === kind);
  const alive = (kind: Thing["kind"]): Thing[] =>
    ofKind(kind).filter(({ deleted }) => deleted === null);
  const pick = <T>(list: readonly T[], which: number): T | undefined => list[which % list.length];
  const isAlive = (id: string | null | undefined): boolean =>
    id !== null && id !== undefined && things.get(id)?.deleted === null;

  function sayingsOf({ base, words, edited }: Thing): Fields {
    const inForce = words
      .filter(({ isUndone }) => !isUndone)
      .flatMap(({ fields, confirmed }) => [
        Object.fromEntries(Object.entries(confirmed).filter(([name]) => !edited.has(name))),
        fields,
      ]);
    return Object.assign({}, base, ...inForce) as Fields;
  }

  function fieldsOf(thing: Thing): Fields {
    const all = sayingsOf(thing);
    return { ...all, project_id: isAlive(all.project_id) ? (all.project_id ?? null) : null };
  }

  function rests({ id, words, edited, kind }: Thing): boolean {
    const hasMembers =
      kind === "project" && alive("task").some((task) => fieldsOf(task).project_id === id);
    return (
      hasMembers || edited.size > 0 || words.some((word) => !word.isUndone && word.by !== "user")
    );
  }

  /** Which of these things are there no more; projects last. */
  function sweep(touched: ReadonlySet<Thing>): void {
    for (const kind of ["task", "project"] as const) {
      for (const thing of touched) {
        if (thing.kind === kind && thing.deleted === null && !rests(thing)) thing.deleted = "undo";
      }
      if (kind === "task") revive([...touched].filter((thing) => thing.deleted === null));
    }
  }

  /** A project that an undo removed is there again once a task is in it again. */
  function revive(touched: readonly Thing[]): void {
    for (const thing of touched) {
      const project = things.get(sayingsOf(thing).project_id ?? "");
      if (thing.kind === "task" && project?.deleted === "undo") project.deleted = null;
    }
  }

  function takeBack(isAsked: (word: Word) => boolean): void {
    const touched = new Set<Thing>();
    for (const thing of things.values()) {
      const asked = thing.words.filter(
        (word) => !word.isUndone && word.by !== "user" && isAsked(word),
      );
      if (asked.length === 0) continue;
      touched.add(thing);
      const project = things.get(fieldsOf(thing).project_id ?? "");
      if (project !== undefined) touched.add(project);
      if (thing.deleted === "user") continue;
      for (const word of asked) {
        const isChange = Object.keys(word.fields).length > 0;
        if (isChange || thing.edited.size === 0) word.isUndone = true;
        else word.confirmed = {};
      }
    }
    sweep(touched);
  }

  return {
    /** The change set of a step, with ids that only depend on the step. */
    toChangeSet(
      index: number,
      step: {
        says: readonly { op: string; which: number; fields: Fields; project: number }[];
        makesProject: boolean;
      },
    ): ChangeSet {
      const changes: Change[] = [];
      const confirmed: ChangeSet["confirmed"][number][] = [];
      const evidence = { quote: null, verified: false };
      const known = ofKind("project").map(({ id }) => id);
      if (step.makesProject) {
        const entity_id = `project_${index}`;
        known.push(entity_id);
        const fields = { ...ENTITY_DEFAULTS.project, name: entity_id };
        changes.push({ op: "create", entity_type: "project", entity_id, fields, ...evidence });
      }
      const used = new Set<string>();
      for (const [at, { op, which, fields: said, project }] of step.says.entries()) {
        const project_id = project < 0 ? undefined : known[project % Math.max(1, known.length)];
        const fields = { ...said, ...(project_id !== undefined && { project_id }) };
        const entity_type = "task" as const;
        if (op === "create") {
          const entity_id = `task_${index}_${at}`;
          const whole = { ...ENTITY_DEFAULTS.task, tags: [], title: entity_id, ...fields };
          changes.push({ op, entity_type, entity_id, fields: whole, ...evidence });
          continue;
        }
        const task = pick(ofKind("task"), which);
        if (task === undefined || used.has(task.id)) continue;
        used.add(task.id);
        if (op === "confirm" || Object.keys(fields).length === 0) {
          // What is deleted is in no workspace.
          if (task.deleted !== null) continue;
          const now = fieldsOf(task);
          const names = Object.keys(fields) as (keyof Fields)[];
          const as_is = Object.fromEntries(names.map((name) => [name, now[name]]));
          confirmed.push({ entity_type, entity_id: task.id, said: as_is, ...evidence });
        } else changes.push({ op: "update", entity_type, entity_id: task.id, fields, ...evidence });
      }
      return { changes, confirmed };
    },

    work(done: {
      job_id: string;
      run_id: string;
      path: string;
      changes: readonly Change[];
      confirmed: ChangeSet["confirmed"];
    }): void {
      const { job_id, run_id, path, changes, confirmed } = done;
      const job: ModelJob = { job_id, run_id, paths: new Set([path]), isUndone: false };
      jobs.push(job);
      for (const { op, entity_type, entity_id, fields } of changes) {
        if (op === "create") {
          const { due_date, priority, project_id } = fields as TaskFields;
          const isThere = isAlive(project_id);
          const base =
            entity_type === "task"
              ? { due_date, priority, project_id: isThere ? project_id : null }
              : {};
          things.set(entity_id, {
            id: entity_id,
            kind: entity_type === "task" ? "task" : "project",
            base,
            words: [{ by: job, fields: {}, confirmed: {}, isUndone: false }],
            edited: new Set(),
            deleted: null,
          });
          continue;
        }
        const task = things.get(entity_id);
        if (task === undefined || task.deleted !== null) continue;
        const now = fieldsOf(task);
        const said = Object.entries(fields).filter(
          ([name, value]) =>
            !task.edited.has(name) &&
            now[name as keyof Fields] !== value &&
            (name !== "project_id" || isAlive(value as string)),
        );
        const changed = Object.fromEntries(said);
        const rest = Object.entries(fields).filter(
          ([name, value]) =>
            !(name in changed) && (name !== "project_id" || isAlive(value as string)),
        );
        const same = Object.fromEntries(rest);
        task.words.push({ by: job, fields: changed, confirmed: same, isUndone: false });
      }
      for (const { entity_id, said = {} } of confirmed) {
        const same = said as Fields;
        things
          .get(entity_id)
          ?.words.push({ by: job, fields: {}, confirmed: same, isUndone: false });
      }
    },

    copy(job: ModelJob, path: string): void {
      job.paths.add(path);
    },

    edit(task: Thing, fields: Fields): void {
      const now = fieldsOf(task);
      const changed = Object.entries(fields).filter(
        ([name, value]) => now[name as keyof Fields] !== value,
      );
      for (const [name] of changed) task.edited.add(name);
      task.words.push({
        by: "user",
        fields: Object.fromEntries(changed),
        confirmed: {},
        isUndone: false,
      });
    },

    remove(task: Thing): void {
      task.deleted = "user";
    },

    undo(isAsked: (job: ModelJob) => boolean): void {
      const asked = jobs.filter(isAsked);
      for (const job of asked) job.isUndone = true;
      takeBack(({ by }) => by !== "user" && asked.includes(by));
    },

    undoFile(path: string): void {
      const ofFile = jobs.filter((job) => !job.isUndone && job.paths.has(path));
      const whole = ofFile.filter(({ paths }) => paths.size === 1);
      for (const job of whole) job.isUndone = true;
      for (const job of ofFile) if (!whole.includes(job)) job.paths.delete(path);
      takeBack(({ by }) => by !== "user" && whole.includes(by));
    },

    pickTask: (which: number): Thing | undefined => pick(alive("task"), which),
    /** One that is in force, whose content a copy can have. */
    pickJob: (which: number): ModelJob | undefined =>
      pick(
        jobs.filter(({ isUndone }) => !isUndone),
        which,
      ),
    pickAnyJob: (which: number): ModelJob | undefined => pick(jobs, which),

    tasks: (): ModelTask[] =>
      ofKind("task").map((task) => {
        const { id, deleted } = task;
        if (deleted !== null) return { id, deleted, fields: null, paths: [] };
        const paths = task.words.flatMap(({ by, isUndone }) =>
          isUndone || by === "user" ? [] : [...by.paths],
        );
        return { id, deleted, fields: fieldsOf(task), paths: [...new Set(paths)].toSorted() };
      }),
    projects: (): string[] =>
      alive("project")
        .map(({ id }) => id)
        .toSorted(),
  };
}
