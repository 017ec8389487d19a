import { formatTable } from "../../daemon/cli/table.ts";
import type { Attempt } from "./attempt.ts";
import type { Fixture, WantedTask } from "./fixture.ts";
import type { FoundTask, Score, Tally } from "./score.ts";

/** A document, what a model made of it, and how good that is. */
export interface Scored {
  fixture: Fixture;
  attempt: Attempt;
  score: Score;
}

export interface Quality {
  precision: number;
  recall: number;
}

/** Of all tasks of some documents; 1 where there is nothing to be wrong about. */
export function taskQuality(scored: readonly Scored[]): Quality {
  const { wanted, found, matched } = total(scored, ({ tasks }) => tasks);
  return {
    precision: found === 0 ? 1 : matched / found,
    recall: wanted === 0 ? 1 : matched / wanted,
  };
}

/** Gives one row for each kind of document, one for those held out and one for all. */
export function formatScores(scored: readonly Scored[], width: number): string[] {
  const kinds = [...new Set(scored.map(({ fixture }) => fixture.kind))];
  const tuned = scored.filter(({ fixture }) => !fixture.wanted.held_out);
  const heldOut = scored.filter(({ fixture }) => fixture.wanted.held_out);
  return formatTable(
    [
      { title: "kind", cut: "never" },
      ...NUMBERS.map((title) => ({ title, cut: "never", align: "right" }) as const),
    ],
    [
      ...kinds.map((kind) =>
        row(
          kind,
          scored.filter(({ fixture }) => fixture.kind === kind),
        ),
      ),
      ...(tuned.length === 0 ? [] : [row("(tuned on)", tuned)]),
      ...(heldOut.length === 0 ? [] : [row("(held out)", heldOut)]),
      row("all", scored),
    ],
    width,
  );
}

const NUMBERS = [
  "documents",
  "wanted",
  "found",
  "matched",
  "precision",
  "recall",
  "due date",
  "notes",
  "projects",
  "quotes",
  "twice",
  "iterations",
  "tokens",
  "usd",
];

function row(name: string, scored: readonly Scored[]): string[] {
  const scores = scored.map(({ score }) => score);
  const attempts = scored.map(({ attempt }) => attempt);
  const tasks = total(scored, (score) => score.tasks);
  const { precision, recall } = taskQuality(scored);
  const costs = attempts.map(({ cost_usd }) => cost_usd);
  return [
    name,
    String(scored.length),
    String(tasks.wanted),
    String(tasks.found),
    String(tasks.matched),
    tasks.found === 0 ? "-" : precision.toFixed(2),
    tasks.wanted === 0 ? "-" : recall.toFixed(2),
    share(sum(scores, "dated_right"), sum(scores, "dated")),
    tally(total(scored, (score) => score.notes)),
    tally(total(scored, (score) => score.projects)),
    share(sum(scores, "quoted"), sum(scores, "quotable")),
    share(sum(scores, "duplicates"), tasks.found),
    (sum(attempts, "iterations") / scored.length).toFixed(1),
    String(sum(attempts, "input_tokens") + sum(attempts, "output_tokens")),
    costs.includes(null) ? "unknown" : sum(attempts, "cost_usd").toFixed(4),
  ];
}

/** "3/4 +1": three of the four that were wanted, and one that was not. */
function tally({ wanted, found, matched }: Tally): string {
  const extra = found - matched;
  return `${matched}/${wanted}${extra === 0 ? "" : ` +${extra}`}`;
}

function share(part: number, whole: number): string {
  return whole === 0 ? "-" : (part / whole).toFixed(2);
}

function total(scored: readonly Scored[], of: (score: Score) => Tally): Tally {
  const tallies = scored.map(({ score }) => of(score));
  return {
    wanted: sum(tallies, "wanted"),
    found: sum(tallies, "found"),
    matched: sum(tallies, "matched"),
  };
}

function sum<Key extends string>(
  all: readonly Readonly<Record<Key, number | null>>[],
  key: Key,
): number {
  return all.reduce((whole, one) => whole + (one[key] ?? 0), 0);
}

/** Each document that is not as a person would want it, and what is wrong, with the line it stands on. */
export function formatMisses(scored: readonly Scored[]): string[] {
  return scored.flatMap((one) => {
    const wrong = listFaults(one);
    const mark = one.fixture.wanted.held_out ? " (held out)" : "";
    return wrong.length === 0 ? [] : [`${one.fixture.path}${mark}`, ...wrong, ""];
  });
}

function listFaults({ fixture, attempt, score }: Scored): string[] {
  const { wanted } = fixture;
  const at = (passage: string | null): string => lineOf(attempt.text, passage);
  const isTrap = ({ quote }: FoundTask): boolean =>
    wanted.not_tasks.some((passage) => quote?.includes(passage));
  return [
    ...(attempt.failure === null ? [] : [`  failed       ${attempt.failure}`]),
    ...score.missed.map((task) => `  missed       ${at(task.at)}: ${task.title}`),
    ...score.false_hits.map((task) => {
      const what = isTrap(task) ? "must not be  " : "false hit    ";
      return `  ${what}${at(task.quote)}: ${task.title}`;
    }),
    ...score.pairs.flatMap((one) => compare(one.wanted, one.found, at(one.wanted.at))),
    ...compareNames("notes", score.notes, notesOf(attempt), [wanted.note]),
    ...compareNames("projects", score.projects, attempt.projects, wanted.projects),
  ];
}

function compareNames(
  what: string,
  { wanted, found, matched }: Tally,
  given: readonly string[],
  expected: readonly string[],
): string[] {
  if (matched === wanted && matched === found) return [];
  return [`  ${what.padEnd(13)}${given.join(", ") || "none"}, not ${expected.join(", ") || "any"}`];
}

function notesOf({ changes }: Attempt): string[] {
  return changes.flatMap((change) =>
    change.entity_type === "note" ? [change.fields.title ?? ""] : [],
  );
}

function compare(wanted: WantedTask, found: FoundTask, line: string): string[] {
  const names = ["due_date", "status", "priority"] as const;
  return names
    .filter((name) => wanted[name] !== found[name])
    .map(
      (name) => `  ${name.padEnd(13)}${line}: ${wanted.title}: ${found[name]}, not ${wanted[name]}`,
    );
}

/** "line 12", where a passage stands in the text. */
function lineOf(text: string, passage: string | null): string {
  const index = passage === null ? -1 : text.indexOf(passage);
  return index === -1 ? "no line" : `line ${text.slice(0, index).split("\n").length}`;
}
