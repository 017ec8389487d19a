import { InvalidArgumentError, Option } from "commander";
import type { Page } from "../protocol/api.ts";
import type { Screen } from "./output.ts";

/** The largest page of the API. */
const LARGEST_PAGE = 500;

/** `--limit`, for every command that lists. */
export function limitOption(): Option {
  return countOption("--limit <number>", "show at most this many", 50);
}

/** An option that takes a whole number from 1. */
export function countOption(flags: string, description: string, otherwise: number): Option {
  return new Option(flags, description).default(otherwise).argParser((text) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1) {
      throw new InvalidArgumentError("Expected a whole number from 1.");
    }
    return count;
  });
}

/** `--all`, used with {@link limitOption}; an explicit `--limit` still applies. */
export function allOption(description = "show all"): Option {
  return new Option("--all", description).implies({ limit: Infinity });
}

/** An option that takes one of a few words. */
export function choiceOption(flags: string, description: string, words: readonly string[]): Option {
  return new Option(flags, description).choices(words);
}

/** Reads pages into one, up to `limit` items (Infinity: all); `next_cursor` is null at the end, as in the API. */
export async function readPages<T>(
  limit: number,
  readPage: (query: { limit: number; cursor?: string }) => Promise<Page<T>>,
): Promise<Page<T>> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const size = Math.min(limit - items.length, LARGEST_PAGE);
    const page: Page<T> = await readPage({ limit: size, ...(cursor !== null && { cursor }) });
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && items.length < limit);
  return { items, next_cursor: cursor };
}

/** The lines of a list: `empty` for none, and a last line if there are more items. */
export function renderList<T>(
  page: Page<T>,
  screen: Screen,
  empty: string,
  render: (items: readonly T[]) => readonly string[],
): string[] {
  if (page.items.length === 0) return [empty];
  const lines = [...render(page.items)];
  if (page.next_cursor !== null) {
    const more = `Showing ${page.items.length}; there are more. Use --limit N or --all.`;
    lines.push(screen.style("dim", more));
  }
  return lines;
}
