import { spawn } from "node:child_process";
import path from "node:path";
import type { Environment } from "../desktop-session.ts";
import type { Bus, Call } from "../dbus/bus.ts";
import { variant } from "../dbus/wire.ts";
import { cleanText } from "../text.ts";
import type { Notice } from "./notice.ts";

const BODY_LENGTH = 300;
const TIMEOUT_MS = 10_000;

/**
 * Shows a notification on the desktop. One that cannot be shown is lost, but the menu and `status` have the same
 * facts.
 *
 * @param bus of the session; Linux needs it
 */
export async function showNotice(
  notice: Notice,
  bus: Bus | undefined,
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  const title = cleanText(notice.title, 80);
  const body = cleanText(notice.body, BODY_LENGTH);
  const [program, ...args] = findNotifier(platform);
  if (program === undefined) return notify(title, body, bus);
  return run(program, args, { ...env, NOTICE_TITLE: title, NOTICE_BODY: body });
}

/**
 * The program that shows a notification, with its arguments; empty on Linux, which has a message bus for it. The texts
 * go in the environment: other users of the machine can read arguments, and no text becomes part of a script.
 */
function findNotifier(platform: NodeJS.Platform): readonly string[] {
  switch (platform) {
    case "darwin":
      return ["osascript", "-l", "JavaScript", "-e", APPLE_SCRIPT];
    case "win32":
      return ["powershell", "-NoProfile", "-NonInteractive", "-Command", POWERSHELL];
    default:
      return [];
  }
}

/** https://specifications.freedesktop.org/notification-spec */
async function notify(title: string, body: string, bus: Bus | undefined): Promise<void> {
  try {
    await bus?.call(await toCall(title, body, bus));
  } catch {
    // There is no notification server, or it ended or hangs.
  }
}

async function toCall(title: string, body: string, bus: Bus): Promise<Call> {
  const place = {
    destination: "org.freedesktop.Notifications",
    path: "/org/freedesktop/Notifications",
    interface: "org.freedesktop.Notifications",
  };
  const [capabilities] = await bus.call({ ...place, member: "GetCapabilities" });
  const takesMarkup = Array.isArray(capabilities) && capabilities.includes("body-markup");
  return {
    ...place,
    member: "Notify",
    signature: "susssasa{sv}i",
    body: [
      "Agent Runner",
      // Replaces no other notification.
      0,
      "",
      title,
      takesMarkup ? escapeMarkup(body) : body,
      [],
      [["desktop-entry", variant("s", "agent-runner")]],
      // The desktop's default duration.
      -1,
    ],
  };
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const APPLE_SCRIPT = `
ObjC.import("Foundation");
const texts = $.NSProcessInfo.processInfo.environment;
const app = Application.currentApplication();
app.includeStandardAdditions = true;
app.displayNotification(texts.objectForKey("NOTICE_BODY").js, {
  withTitle: texts.objectForKey("NOTICE_TITLE").js,
});
`;
const POWERSHELL = `
[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$template = [Windows.UI.Notifications.ToastTemplateType]::ToastText02
$xml = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent($template)
$texts = $xml.GetElementsByTagName('text')
[void]$texts.Item(0).AppendChild($xml.CreateTextNode($env:NOTICE_TITLE))
[void]$texts.Item(1).AppendChild($xml.CreateTextNode($env:NOTICE_BODY))
$toast = [Windows.UI.Notifications.ToastNotification]::new($xml)
$app = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($app).Show($toast)
`;

function run(program: string, args: readonly string[], env: Environment): Promise<void> {
  return new Promise((resolve) => {
    const cwd = path.parse(process.cwd()).root;
    const child = spawn(program, args, {
      env,
      cwd,
      stdio: "ignore",
      windowsHide: true,
      timeout: TIMEOUT_MS,
    });
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
}
