import os from "node:os";
import type { Command } from "commander";
import type { Diagnosis, DiagnosisFinding } from "../../protocol/diagnosis.ts";
import type { Context } from "../context.ts";
import { formatCount } from "../format.ts";
import { explain } from "../help.ts";
import type { Screen } from "../output.ts";

export function registerDoctor(program: Command, context: Context): void {
  const command = program
    .command("doctor")
    .summary("Look for what is wrong, and say how to mend it")
    .description("Look at all that has to be right around the daemon; each finding with its fix")
    .action(async () => {
      // Loaded here, because no other command needs the rooms that it looks at.
      const { examine } = await import("../../doctor/doctor.ts");
      const diagnosis = await examine({
        paths: context.paths,
        env: context.env,
        userHome: os.homedir(),
        version: context.version,
        signal: context.signal,
      });
      context.output.show(diagnosis, renderDiagnosis);
      if (!diagnosis.healthy) context.exitCode = 1;
    });
  explain(command, {
    more: `It works with the daemon up and down, changes nothing, and asks no machine but this one and the
endpoints that the config names, which costs nothing.`,
    examples: [
      ["doctor", "one line for each check, and what to do about what is wrong"],
      ["doctor --json", "the same for a report of a fault; no key and no document is in it"],
    ],
    exits: [
      [0, "nothing is wrong"],
      [1, "something is"],
    ],
  });
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
    const whose = agent_id === null || message.startsWith(`${agent_id}:`) ? "" : `${agent_id}: `;
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
      ? screen.style("green", "Nothing is wrong.")
      : screen.style("red", `${formatCount(problems, "problem")}.`),
  ];
}
