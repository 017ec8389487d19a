import { z } from "zod";
import {
  agentSchema,
  budgetSchema,
  fallbackSchema,
  modelSchema,
  sendsSchema,
} from "../protocol/agent.ts";
import { notifyKind, trayBackend } from "../protocol/tray.ts";

// 127.0.0.0/8 (RFC 1122), ::1 (RFC 4291), and their name (RFC 6761).
const LOOPBACK_HOST = /^(localhost|::1|127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3})$/;

const serverSchema = z.strictObject({
  host: z
    .string()
    .regex(LOOPBACK_HOST, "expected a loopback address (127.0.0.1, ::1 or localhost)")
    .default("127.0.0.1")
    .describe("The address of the page and the API; loopback addresses only."),
  port: z.int().min(0).max(65_535).default(4770).describe("0: any free port."),
});

const retentionSchema = z.strictObject({
  conversation_days: z
    .int()
    .min(0)
    .nullable()
    .default(90)
    .describe("How many days model conversations and document text are kept; null: for ever."),
});

export const traySchema = z.strictObject({
  backend: trayBackend.default("auto").describe("How the tray icon is drawn; none: no icon."),
  notify: z
    .array(notifyKind)
    .default([])
    .describe(
      "When to show a notification. run_problems: a run ended with problems, or did not read or record all. waiting: work waits for you or for budget. key_refused: an endpoint refused a key, or a key is missing.",
    ),
});

/** The whole of config.yaml. Every section and key is optional, except an agent's id and directories. */
export const configSchema = z
  .strictObject({
    version: z.literal(1).default(1).describe("The version of this format."),
    server: serverSchema.prefault({}).describe("The page and the API on this machine."),
    model: modelSchema.prefault({}).describe("The model of all agents without their own."),
    budget: budgetSchema
      .default({})
      .describe(
        "Limits of all agents together. Without any, a remote endpoint gets a small limit.",
      ),
    sends: sendsSchema
      .default("any")
      .describe(
        "To whom what is in directories, and what came from them, may be sent: any endpoint that an agent names, loopback (models on this machine), never, or a list of hosts.",
      ),
    fallback: fallbackSchema
      .exactOptional()
      .describe(
        "rules: files that may not be sent to their agent's model are read by the built-in rules. Left out: they wait.",
      ),
    retention: retentionSchema.prefault({}).describe("How long data is kept."),
    tray: traySchema.prefault({}).describe("The icon in the system tray."),
    agents: z
      .array(agentSchema)
      .default([])
      .describe("The agents: which files each reads, and what for."),
  })
  .describe("The settings of Agent Runner.");

/** The settings as written, with defaults filled in; `${NAME}` is not filled yet. */
export type Config = z.output<typeof configSchema>;
