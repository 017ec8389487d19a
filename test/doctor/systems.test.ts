import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { examineSystem, FEATURES, SYSTEMS } from "../../daemon/doctor/systems.ts";

const MANUAL = path.join(import.meta.dirname, "../../MANUAL.md");

/** The table of all systems, as the formatter leaves it. */
function formatSystems(): string {
  const head = ["feature", ...Object.values(SYSTEMS)];
  const rows = FEATURES.map((row) => [row.feature, row.linux, row.darwin, row.win32]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

test("MANUAL.md has the table by system", () => {
  expect(readFileSync(MANUAL, "utf8")).toContain(formatSystems());
});

test("on Linux the row counts what is tried and names what is only built", () => {
  const { level, message } = examineSystem("linux");
  expect(level).toBe("ok");
  expect(message).toMatch(/^Linux: \d+ of \d+ features were tried; built: .*service at login/u);
});

test.each(["darwin", "win32"])("on %s the row says that nothing is tried", (platform) => {
  const finding = examineSystem(platform);
  expect(finding).toMatchObject({ check: "system", level: "note", code: "system_untried" });
  expect(finding.message).toMatch(/: 0 of \d+ features were tried; built: .*; absent: /u);
});

test("a system that it is not written for is said", () => {
  expect(examineSystem("freebsd")).toMatchObject({ level: "note", code: "system_unknown" });
});
