import os from "node:os";
import type { Command } from "commander";
import type { Diagnosis, DiagnosisFinding } from "../../protocol/diagnosis.ts";
import type { Context } from "../context.ts";
import { formatCount } from "../format.ts";
import { explain } from "../help.ts";
import { callModels } from "../test-chosen.ts";
import type { Screen } from "../output.ts";

export function registerDoctor(program: Command, context: Context): void {
  const command = program
    .command("doctor")
    .summary("Find problems, and say how to fix them")
    .description("Check everything that the daemon depends on; each problem comes with its fix")
    .option("--call", "ask each model once, within the budget")
    .action(async ({ call = false }: { call?: boolean }) => {
      // Loaded here, because no other command needs the rooms that it looks at.
      const { examine } = await import("../../doctor/doctor.ts");
      const found = await examine({
        paths: context.paths,
        env: context.env,
        userHome: os.homedir(),
        version: context.version,
        proc: context.proc,
        signal: context.signal,
      });
      const diagnosis = call ? await withCalls(found, context) : found;
      context.output.show(diagnosis, renderDiagnosis);
      if (!diagnosis.healthy) context.exitCode = 1;
    });
  explain(command, {
    more: `It works with and without a daemon, changes nothing, and contacts only this machine and the endpoints that the
config names, at no cost. With --call it sends each model one small request, which may cost money.`,
    examples: [
      ["doctor", "one line for each check, and the fix for each problem"],
      ["doctor --json", "for a bug report; it contains no keys and no documents"],
    ],
    exits: [
      [0, "no problems"],
      [1, "problems were found"],
    ],
  });
}

/** The findings, and what a request to each model showed. */
async function withCalls({ findings }: Diagnosis, context: Context): Promise<Diagnosis> {
  const called = await callModels(context);
  const last = findings.findLastIndex(({ check }) => check === "model");
  const all = findings.toSpliced(last === -1 ? findings.length : last + 1, 0, ...called);
  return { healthy: !all.some(({ level }) => level === "problem"), findings: all };
}

const MARKS = {
  ok: ["green", "ok     "],
  note: ["cyan", "note   "],
  problem: ["red", "problem"],
} as const;

function renderDiagnosis({ findings }: Diagnosis, screen: Screen): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const render = ({ level, check, agent_id, message, hint }: DiagnosisFinding): string[] => {
    const [colour, mark] = MARKS[level];
    const whose = agent_id === null ? "" : `${agent_id}: `;
    const indent = " ".repeat(mark.length + width + 4);
    return [
      `${screen.style(colour, mark)}  ${check.padEnd(width)}  ${whose}${message}`,
      ...(hint === null ? [] : [`${indent}${hint}`]),
    ];
  };
  const problems = findings.filter(({ level }) => level === "problem").length;
  return [
    ...findings.flatMap(render),
    "",
    problems === 0
      ? screen.style("green", "No problems.")
      : screen.style("red", `${formatCount(problems, "problem")}.`),
  ];
}
