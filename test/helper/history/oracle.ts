import type { Files } from "./disk.ts";
import type { Asked, KnownFile, Rules, Sight, Told } from "./sight.ts";
import { countRequests, hashOf, titlesOf } from "./text.ts";

/*
 * What must be known of files, worked out from what stood on the disk and when, and from nothing else. Where
 * several things are right, since files changed while the daemon looked, the oracle allows each of them,
 * and goes on from what it was told.
 */

export interface Oracle {
  /** Takes note of what the agent can see from now on. */
  see(sight: Sight): void;
  /** Takes note that a text was written where it stood already, so that it may have been missed for a moment. */
  repeat(file: string): void;
  /** Whether the daemon told at the last agreement that this text was done here. */
  isDone(file: string, text: string): boolean;
  /** All that is not as it must be. */
  compare(told: Told): string[];
  /** How many requests were repeated that only kills can explain. */
  countRepeated(): number;
  /** Goes on from what was told, in which nothing was wrong. */
  agree(told: Told): void;
}

/** @param asked what the model was asked for this agent, up to now */
export function createOracle(rules: Rules, asked: Asked): Oracle {
  let seen: [Sight, ...Sight[]] = [
    { files: new Map(), away: new Set(), is_paused: false, recipe: "" },
  ];
  let before: Told = { files: new Map(), entities: [] };
  let askedBefore: Asked = new Map();
  // Texts that were said to be done, as `hash`, or `hash recipe` where another recipe asks again.
  const done = new Set<string>();
  const ambiguous = new Set<string>();
  const bodies = new Map<string, Set<string>>();
  const writtenAgain = new Set<string>();

  const doneKey = (text: string, recipe: string): string =>
    rules.asks_again ? `${hashOf(text)} ${recipe}` : hashOf(text);
  const last = (): Sight => seen.at(-1) ?? seen[0];
  const textsOf = (file: string): Set<string> =>
    new Set(seen.flatMap(({ files }) => files.get(file) ?? []));
  const isGoneBefore = (file: string): boolean => before.files.get(file)?.state === "gone";
  /** The hashes of what stood there, up to its deletion. */
  const contentsOf = (file: string): Set<string> => {
    const hash = isGoneBefore(file) ? before.files.get(file)?.hash : undefined;
    return new Set([...[...textsOf(file)].map(hashOf), ...(hash ? [hash] : [])]);
  };
  const hasVanished = (file: string): boolean =>
    seen.some(({ files }, index) => !files.has(file) && seen[index - 1]?.files.has(file));
  /** How often the files changed, as far as it could be seen. */
  const transitions = (): number =>
    seen.filter(({ files }, index) => index > 0 && !isEqual(files, seen[index - 1]?.files)).length;

  /** Where a text stands or stood a moment ago. */
  function nameOf(hash: string | undefined): string {
    const files = seen.flatMap((sight) => [...sight.files]);
    const found = files.find(([, text]) => hashOf(text) === hash);
    return found === undefined ? `what no file holds (${hash})` : found[0];
  }

  function isAskedToTheEnd(text: string, recipe: string): boolean {
    const recipes = rules.asks_again
      ? [recipe]
      : new Set([...asked.keys()].map((key) => key.split(" ")[1]));
    return [...recipes].some((each) => asked.has(`${hashOf(text)} ${each} ${countRequests(text)}`));
  }

  /** What a file may be a source of: what it said itself, and what files said that it may have been. */
  function mayRestOn(): Map<string, Set<string>> {
    const paths = new Set([
      ...before.files.keys(),
      ...seen.flatMap(({ files }) => [...files.keys()]),
    ]);
    const may = new Map<string, Set<string>>();
    for (const file of paths) {
      const own = [...textsOf(file)].flatMap(titlesOf);
      may.set(file, new Set([...(before.files.get(file)?.titles ?? []), ...own]));
    }
    const gone = [...paths].filter((file) => hasVanished(file) || isGoneBefore(file));
    for (let grows = true; grows;) {
      grows = false;
      for (const from of gone) {
        for (const [to, titles] of may) {
          if (to === from || !intersects(contentsOf(from), contentsOf(to))) continue;
          for (const title of may.get(from) ?? []) {
            if (titles.has(title)) continue;
            titles.add(title);
            grows = true;
          }
        }
      }
    }
    return may;
  }

  /** Files that were moved, and can be nothing else: from new to old path. */
  function moves(): Map<string, string> {
    const found = new Map<string, string>();
    if (transitions() !== 1) return found;
    const [from, to] = [seen[0].files, last().files];
    const goneBefore = new Set(
      [...before.files.values()].map(({ state, hash }) => state === "gone" && hash),
    );
    const pathsOf = (files: Files, text: string) =>
      [...files].flatMap(([file, other]) => (other === text ? [file] : []));
    for (const [file, text] of from) {
      const [target, ...more] = pathsOf(to, text);
      const isAlone =
        more.length === 0 && pathsOf(from, text).length === 1 && !goneBefore.has(hashOf(text));
      if (target === undefined || !isAlone || to.has(file) || from.has(target)) continue;
      const row = before.files.get(file);
      if (row?.state === "done" && !before.files.has(target)) found.set(target, file);
    }
    return found;
  }

  function compareFile(file: string, text: string, row: KnownFile | undefined): string[] {
    const { is_paused, away, recipe } = last();
    const earlier = before.files.get(file);
    if (row === undefined) return [`${file} is not known`];
    const isKnown = done.has(doneKey(text, recipe));
    const is = `${row.state}${row.reason === null ? "" : ` (${row.reason})`}`;
    if (text === "") {
      return is === "skipped (empty)" ? [] : [`${file} is ${is}, and is empty`];
    }
    if (away.has(file) && earlier?.state !== "done") {
      return ["pending", "done"].includes(row.state) ? [] : [`${file} is ${is}, and is away`];
    }
    if (is_paused && !isKnown && row.state === "pending") return [];
    if (is_paused && !isKnown && !isAskedToTheEnd(text, recipe)) {
      return [`${file} is ${is}, and its agent is paused`];
    }
    if (row.state !== "done") return [`${file} is ${is}, not done`];
    return row.hash === hashOf(text) ? [] : [`${file} is known by another content`];
  }

  function compareSources(told: Told): string[] {
    const faults: string[] = [];
    const may = mayRestOn();
    const rowsBefore = new Map([...before.files.values()].map((row) => [row.file_id, row]));
    const followed = moves();
    for (const [file, text] of last().files) {
      const row = told.files.get(file);
      if (row === undefined) continue;
      const source = followed.get(file);
      // A file that was renamed and edited is known by its text: it keeps what it said elsewhere.
      const earlier = rowsBefore.get(row.file_id) ?? before.files.get(source ?? file);
      if (source !== undefined && earlier?.file_id !== row.file_id) {
        faults.push(`${file} was ${source}, and is taken for another file`);
      }
      const stays = source !== undefined || (!hasVanished(file) && !isGoneBefore(file));
      const must = [
        ...(stays ? (earlier?.titles ?? []) : []),
        ...(row.state === "done" ? titlesOf(text) : []),
      ];
      const has = new Set(row.titles);
      for (const title of new Set(must)) {
        if (!has.has(title)) faults.push(`${file} is no source of ${title}`);
      }
      for (const title of has) {
        if (!may.get(file)?.has(title) && earlier?.titles.includes(title) !== true) {
          faults.push(`${file} is a source of ${title}`);
        }
      }
    }
    return faults;
  }

  function compareGone(told: Told): string[] {
    const present = last().files;
    const elsewhere = new Set([...present.values()].map(hashOf));
    const faults: string[] = [];
    for (const [file, row] of told.files) {
      if (!present.has(file) && row.state !== "gone" && !path(file).startsWith(".")) {
        faults.push(`${file} is ${row.state}, and is not there`);
      }
    }
    for (const [file, row] of before.files) {
      if (present.has(file) || intersects(contentsOf(file), elsewhere)) continue;
      if (transitions() > 1) continue;
      // It was renamed and edited: it is known by its new path.
      if ([...told.files.values()].some(({ file_id }) => file_id === row.file_id)) {
        if (told.files.get(file)?.file_id !== row.file_id) continue;
      }
      const now = told.files.get(file);
      if (now?.state !== "gone" || now.file_id !== row.file_id) {
        faults.push(`${file} was deleted, and is ${now?.state ?? "forgotten"}`);
      }
    }
    return faults;
  }

  function compareRequests(): string[] {
    const faults: string[] = [];
    const { files, is_paused, recipe, away } = last();
    const askable = new Set(
      seen.flatMap((sight) =>
        sight.is_paused
          ? []
          : [...sight.files.values()].map((text) => `${hashOf(text)} ${sight.recipe}`),
      ),
    );
    for (const [key, count] of asked) {
      const [hash, asks, iteration] = key.split(" ");
      const named = `${nameOf(hash)}, recipe ${asks}, iteration ${iteration}`;
      const grew = count - (askedBefore.get(key) ?? 0);
      if (grew > 0 && !askable.has(`${hash} ${asks}`))
        faults.push(`${named} was asked for nothing`);
      const isDone = done.has(rules.asks_again ? `${hash} ${asks}` : (hash ?? ""));
      if (grew > 0 && isDone) faults.push(`${named} was done, and was asked again`);
    }
    for (const [file, text] of files) {
      if (is_paused || text === "" || away.has(file)) continue;
      if (!isAskedToTheEnd(text, recipe)) faults.push(`${file} was not asked to the end`);
    }
    return faults;
  }

  function compareEntities(told: Told): string[] {
    const faults: string[] = [];
    const byTitle = Map.groupBy(told.entities, ({ title }) => title);
    for (const [title, found] of byTitle) {
      if (ambiguousNow().has(title)) continue;
      if (found.length > 1) faults.push(`${title} is there ${found.length} times`);
      const [entity] = found;
      const possible = bodiesNow().get(title);
      if (entity?.body !== null && possible && !possible.has(entity?.body ?? "")) {
        faults.push(`${title} says ${JSON.stringify(entity?.body)}`);
      }
    }
    const retired = (title: string): boolean =>
      byTitle.get(title)?.every(({ is_retired }) => is_retired) ?? false;
    for (const [file, text] of last().files) {
      if (told.files.get(file)?.state !== "done") continue;
      for (const title of titlesOf(text)) {
        if (retired(title)) faults.push(`${title} is retired, and ${file} says it`);
      }
    }
    for (const title of mustBeRetired()) {
      if (!retired(title) && !ambiguousNow().has(title)) faults.push(`${title} is not retired`);
    }
    if (!rules.retires && told.entities.some(({ is_retired }) => is_retired)) {
      faults.push("something is retired");
    }
    return faults;
  }

  /** What rested on deleted files alone. */
  function mustBeRetired(): Set<string> {
    const titles = new Set<string>();
    if (!rules.retires || transitions() !== 1) return titles;
    const may = mayRestOn();
    const present = last().files;
    for (const [file, row] of before.files) {
      const isDeleted = seen[0].files.has(file) && !present.has(file);
      if (isDeleted) for (const title of row.titles) titles.add(title);
    }
    for (const file of present.keys()) {
      for (const title of may.get(file) ?? []) titles.delete(title);
    }
    return titles;
  }

  /** Whether changes since a pause need not be noted: a run that waits ends first. */
  function isHeld(told: Told): boolean {
    const waits = ({ files }: Told): boolean =>
      [...files.values()].some(({ state }) => state === "pending" || state === "working");
    const isFirstChange = seen[0].is_paused && !waits(before) && transitions() <= 1;
    return last().is_paused && waits(told) && !isFirstChange;
  }

  /** Titles under which more than one thing may be there: a file that says it may not be known to have said it. */
  function ambiguousNow(): Set<string> {
    const found = new Set(ambiguous);
    const known = new Set(before.entities.map(({ title }) => title));
    const sayers = new Map<string, Set<string>>();
    for (const { files, recipe } of seen) {
      for (const [file, text] of files) {
        if (done.has(doneKey(text, recipe))) continue;
        for (const title of titlesOf(text)) {
          const isSource =
            !hasVanished(file) && before.files.get(file)?.titles.includes(title) === true;
          if (known.has(title) && !isSource) found.add(title);
          if (!isSource) sayers.set(title, (sayers.get(title) ?? new Set()).add(text));
        }
      }
    }
    for (const [title, texts] of sayers) if (texts.size > 1) found.add(title);
    return found;
  }

  /** What a note may say. */
  function bodiesNow(): Map<string, Set<string>> {
    const now = new Map<string, Set<string>>();
    const [first] = seen;
    for (const [index, { files, recipe }] of seen.entries()) {
      for (const [file, text] of files) {
        const isSaid =
          (index > 0 && seen[index - 1]?.files.get(file) !== text) ||
          !done.has(doneKey(text, recipe)) ||
          writtenAgain.has(file);
        if (!isSaid) continue;
        const note = titlesOf(text)[0];
        if (note !== undefined) now.set(note, (now.get(note) ?? new Set()).add(text.slice(0, 200)));
      }
    }
    const changed = [...last().files].filter(([file, text]) => first.files.get(file) !== text);
    const [only] = changed;
    const isInPlace =
      transitions() === 1 && changed.length === 1 && only !== undefined && first.files.has(only[0]);
    for (const [note, said] of now) {
      if (isInPlace && said.size === 1 && !last().is_paused) continue;
      for (const body of bodies.get(note) ?? []) said.add(body);
    }
    for (const [note, said] of bodies) if (!now.has(note)) now.set(note, said);
    return now;
  }

  return {
    see(sight) {
      const { files, is_paused, recipe, away } = last();
      const isSame =
        isEqual(files, sight.files) &&
        is_paused === sight.is_paused &&
        recipe === sight.recipe &&
        away.size === sight.away.size;
      if (!isSame) seen.push(sight);
    },
    repeat: (file) => void writtenAgain.add(file),
    isDone: (file, text) =>
      before.files.get(file)?.state === "done" && before.files.get(file)?.hash === hashOf(text),
    compare(told) {
      const { files } = last();
      if (isHeld(told)) return compareRequests();
      return [
        ...[...files].flatMap(([file, text]) => compareFile(file, text, told.files.get(file))),
        ...compareGone(told),
        ...compareSources(told),
        ...compareRequests(),
        ...compareEntities(told),
      ];
    },
    countRepeated: () => [...asked.values()].reduce((sum, count) => sum + count - 1, 0),
    agree(told) {
      if (isHeld(told)) return;
      for (const title of ambiguousNow()) ambiguous.add(title);
      for (const [note, said] of bodiesNow()) bodies.set(note, said);
      for (const [file, text] of last().files) {
        if (told.files.get(file)?.state !== "done") continue;
        if (rules.asks_again) done.add(`${hashOf(text)} ${last().recipe}`);
        else done.add(hashOf(text));
      }
      writtenAgain.clear();
      before = told;
      askedBefore = new Map(asked);
      seen = [last()];
    },
  };
}

function path(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}

function isEqual(left: Files, right: Files | undefined): boolean {
  if (left.size !== right?.size) return false;
  return [...left].every(([file, text]) => right.get(file) === text);
}

function intersects<T>(left: ReadonlySet<T>, right: ReadonlySet<T>): boolean {
  return [...left].some((each) => right.has(each));
}
