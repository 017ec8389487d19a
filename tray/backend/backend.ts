import type { Menu } from "../menu.ts";

/** Draws the icon and its menu. */
export interface Backend extends AsyncDisposable {
  readonly name: "sni" | "systray2";
  /** Draws the differences from what is shown. */
  show(menu: Menu): void;
  /** Resolves with the reason when it cannot draw any more, unless it was disposed of. */
  readonly lost: Promise<string>;
}

export interface BackendOptions {
  /** The first menu; every later menu has the same rows. */
  menu: Menu;
  /** Called with the key of a clicked row, or `icon` for the icon itself. */
  onClick(key: string): void;
}

/** Escapes what a desktop takes for the mark of an access key, by doubling it. */
export function escapeAccessKeys(title: string, platform: NodeJS.Platform): string {
  if (platform === "win32") return title.replaceAll("&", "&&");
  return platform === "linux" ? title.replaceAll("_", "__") : title;
}
