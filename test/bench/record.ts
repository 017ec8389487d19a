import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Figure } from "./figure.ts";
import { formatFigure, formatRows } from "./table.ts";

/** What one version measured, on one machine: `record/VERSION.json`. */
export interface BenchRecord {
  version: string;
  recorded_at: string;
  node: string;
  machine: { system: string; processor: string; cores: number; memory_mb: number };
  figures: readonly Figure[];
}

export function createRecord(version: string, figures: readonly Figure[]): BenchRecord {
  const processors = os.cpus();
  return {
    version,
    recorded_at: new Date().toISOString(),
    node: process.versions.node,
    machine: {
      system: `${os.type()} ${os.release()} ${os.arch()}`,
      processor: processors[0]?.model ?? "unknown",
      cores: processors.length,
      memory_mb: Math.round(os.totalmem() / 1e6),
    },
    figures,
  };
}

/** Writes a record over an earlier one of its version; gives the file. */
export function writeRecord(directory: string, record: BenchRecord): string {
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, `${record.version}.json`);
  writeFileSync(file, `${JSON.stringify(record, undefined, 2)}\n`);
  return file;
}

/** The record of the newest version before this one. */
export function findPreviousRecord(directory: string, version: string): BenchRecord | undefined {
  return globSync("*.json", { cwd: directory })
    .map((file): BenchRecord => JSON.parse(readFileSync(path.join(directory, file), "utf8")))
    .filter((record) => compareVersions(record.version, version) < 0)
    .toSorted((a, b) => compareVersions(a.version, b.version))
    .at(-1);
}

/** What changed between two versions, as a Markdown table; a difference of machine or Node is named first. */
export function formatDifference(previous: BenchRecord, current: BenchRecord): string {
  const names = new Set([...previous.figures, ...current.figures].map(({ what }) => what));
  const rows = [...names].map((name) => {
    const before = previous.figures.find(({ what }) => what === name);
    const now = current.figures.find(({ what }) => what === name);
    return [
      name,
      before === undefined ? "-" : formatFigure(before),
      now === undefined ? "-" : formatFigure(now),
      before === undefined || now === undefined ? "" : formatChange(before.ours, now.ours),
    ];
  });
  const table = formatRows(["what", previous.version, current.version, "change"], rows);
  const [there, here] = [placeOf(previous), placeOf(current)];
  return there === here
    ? table
    : `${previous.version} ran on ${there},\n${current.version} on ${here}: trust the ratios alone.\n\n${table}`;
}

function placeOf({ machine, node }: BenchRecord): string {
  const { processor, cores, memory_mb, system } = machine;
  return `${processor}, ${cores} cores, ${memory_mb} MB, ${system}, Node ${node}`;
}

function formatChange(before: number, now: number): string {
  if (before === 0) return now === 0 ? "0%" : "";
  const percent = Math.round((now / before - 1) * 100);
  return `${percent > 0 ? "+" : ""}${percent}%`;
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
