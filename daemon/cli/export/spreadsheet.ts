// Comma-separated values (RFC 4180) that a spreadsheet shows and does not evaluate.
import { visibleText } from "../../core/visible-text.ts";
import type { Entity, EntityType, Source } from "../../protocol/entity.ts";
import type { Entities } from "./entities.ts";

/** The texts of the files, by name. */
export function toSpreadsheets(
  { projects, tasks, notes }: Entities,
  options: { bom: boolean },
): Map<string, string> {
  const names = new Map(projects.map(({ id, name }) => [id, name]));
  const projectOf = ({ project_id }: { project_id: string | null }): string =>
    names.get(project_id ?? "") ?? "";
  const toTable = <T>(
    items: readonly T[],
    columns: Readonly<Record<string, (item: T) => string>>,
  ) => {
    const rows = items.map((item) => Object.values(columns).map((read) => read(item)));
    // With a byte order mark, Excel reads UTF-8.
    return (options.bom ? "\ufeff" : "") + toCsv([Object.keys(columns), ...rows]);
  };

  return new Map([
    [
      "tasks.csv",
      toTable(tasks, {
        id: ({ id }) => id,
        title: ({ title }) => title,
        status: ({ status }) => status,
        priority: ({ priority }) => priority,
        due_date: ({ due_date }) => due_date ?? "",
        project: projectOf,
        tags: ({ tags }) => tags.join(", "),
        description: ({ description }) => description,
        ...ORIGIN,
      }),
    ],
    [
      "notes.csv",
      toTable(notes, {
        id: ({ id }) => id,
        title: ({ title }) => title,
        status: ({ status }) => status,
        project: projectOf,
        tags: ({ tags }) => tags.join(", "),
        body: ({ body }) => body,
        ...ORIGIN,
      }),
    ],
    [
      "projects.csv",
      toTable(projects, {
        id: ({ id }) => id,
        name: ({ name }) => name,
        status: ({ status }) => status,
        description: ({ description }) => description,
        ...ORIGIN,
      }),
    ],
  ]);
}

/** The columns that every file has. */
const ORIGIN = {
  sources: ({ sources }: Entity<EntityType>) => toPaths(sources),
  created_at: ({ created_at }: Entity<EntityType>) => created_at,
  updated_at: ({ updated_at }: Entity<EntityType>) => updated_at,
};

function toPaths(sources: readonly Source[]): string {
  return [...new Set(sources.map(({ path }) => path))].join("\n");
}

function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map(toCell).join(",")}\r\n`).join("");
}

/** Always quoted, so that a spreadsheet with another separator does not split it. */
function toCell(text: string): string {
  return `"${disarm(visibleText(text)).replaceAll('"', '""')}"`;
}

// What makes a cell a formula (owasp.org: CSV Injection), including full-width forms. If a file is read with another
// separator than the comma, a cell may begin after that separator, and after a line break.
const FORMULA = /^([\s"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=\t)/u;
const INNER_FORMULA = /([;\t|\n][ "']*(?=[=+@\uff1d\uff0b\uff20])|[;\t|\n](?=-(?! )))/gu;

/** Puts an apostrophe, which means "this is text" to spreadsheets, before what they would evaluate. */
function disarm(text: string): string {
  return text.replace(FORMULA, "'$1").replaceAll(INNER_FORMULA, "$1'");
}
