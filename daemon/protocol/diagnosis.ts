import { z } from "zod";

/** What is looked at, in this order. */
export const CHECKS = [
  ...([
    "runtime",
    "system",
    "home",
    "config",
    "daemon",
    "port",
    "database",
    "disk",
    "clock",
  ] as const),
  ...(["directories", "limits", "model", "budget", "tray"] as const),
];

export const diagnosisFinding = z.object({
  check: z.enum(CHECKS),
  level: z
    .enum(["ok", "note", "problem"])
    .describe("note: good to know, and nothing is wrong. problem: something has to be done."),
  code: z.string().describe('"ok" where nothing is wrong.'),
  agent_id: z.string().nullable(),
  message: z.string(),
  hint: z.string().nullable().describe("What to do about it."),
});
export type DiagnosisFinding = z.infer<typeof diagnosisFinding>;

/** What `doctor` found. */
export const diagnosisSchema = z.object({
  healthy: z.boolean().describe("No finding is a problem."),
  findings: z.array(diagnosisFinding),
});
export type Diagnosis = z.infer<typeof diagnosisSchema>;
