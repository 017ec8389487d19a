import type { Menu } from "../menu.ts";

/** What draws the icon and its menu. */
export interface Backend extends AsyncDisposable {
  readonly name: "sni" | "systray2";
  /** Draws what differs from what is drawn. */
  show(menu: Menu): void;
  /** Resolves with the reason when it draws no more, unless it was disposed of. */
  readonly lost: Promise<string>;
}

export interface BackendOptions {
  /** What is drawn first; every later menu has the same rows. */
  menu: Menu;
  /** Called with the key of a row that was chosen; of the icon itself, `icon`. */
  onClick(key: string): void;
}

/** Titles as desktops want them: what they would take for an access key is written twice. */
export function escapeAccessKeys(title: string, platform: NodeJS.Platform): string {
  if (platform === "win32") return title.replaceAll("&", "&&");
  return platform === "linux" ? title.replaceAll("_", "__") : title;
}
