export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the environment is that of a desktop session. Cheap: it only looks at variables. */
export function isDesktopSession(env: Environment, platform = process.platform): boolean {
  if (platform === "win32") return true;
  if (platform === "darwin") return !env["SSH_CONNECTION"];
  return Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"]);
}
