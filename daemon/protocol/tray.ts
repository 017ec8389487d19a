import { z } from "zod";

/** How the tray icon is drawn. */
export const trayBackend = z.enum(["auto", "systray2", "sni", "none"]);
export type TrayBackend = z.infer<typeof trayBackend>;

/** What the tray may interrupt a person for. */
export const notifyKind = z.enum(["run_problems", "waiting", "key_refused"]);
export type NotifyKind = z.infer<typeof notifyKind>;

const drawnBy = z.enum(["sni", "systray2"]);

/** The state of the tray in one session; `status` shows it with the daemon's status. */
export const trayReport = z.object({
  shown: z.boolean(),
  backend: drawnBy.nullable().describe("What draws the icon, or would."),
  pid: z.int().nullable().describe("Of the tray's own process."),
  reason: z.string().nullable().describe("Why there is no icon, in one sentence."),
  hint: z.string().nullable(),
});
export type TrayReport = z.infer<typeof trayReport>;
