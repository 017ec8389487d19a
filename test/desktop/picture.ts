import { mkdirSync } from "node:fs";
import path from "node:path";
import { COLOURS, ICON_STATES, type IconState } from "../../tray/icon/shape.ts";
import type { Session } from "../helper/desktop/session.ts";
import { waitFor } from "../helper/program.ts";

/** Where the icon of the tray is drawn on the panel. */
export interface Spot {
  x: number;
  y: number;
}

/** Waits for an icon on the panel, which draws each into a window of its own. */
export function findIcon(session: Session): Promise<Spot> {
  return waitFor("an icon is drawn on the panel", async () => {
    const search = ["search", "--onlyvisible", "--name", "wrapper-2.0"];
    const said = await session
      .run("xdotool", ...search, "getwindowgeometry", "--shell", "%@")
      .catch(() => "");
    const windows = [...said.matchAll(/X=(-?\d+)\nY=(-?\d+)\nWIDTH=(\d+)\nHEIGHT=(\d+)/gu)].map(
      ([, ...numbers]) => numbers.map(Number),
    );
    // Menus and tooltips have windows, too, and an icon that is not there yet one of a pixel.
    const found = windows.find(
      ([, y, width = 0, height = 0]) => y === 0 && width > 16 && height < 40,
    );
    if (found === undefined) return undefined;
    const [x = 0, y = 0, width = 0, height = 0] = found;
    return { x: x + Math.floor(width / 2), y: y + Math.floor(height / 2) };
  });
}

/** Opens the menu of the icon with the mouse. */
export async function openMenu(session: Session): Promise<void> {
  const { x, y } = await findIcon(session);
  const before = await colours(session, MENU_AREA);
  await session.run("xdotool", "mousemove", String(x), String(y), "click", "1");
  await waitFor("the menu is drawn", async () => (await colours(session, MENU_AREA)) > before);
}

const MENU_AREA = "300x300+500+30";

/** How many colours an area of the screen has: one where nothing is drawn. */
async function colours(session: Session, area: string): Promise<number> {
  const name = session.folder.file("area.png");
  await session.run("import", "-window", "root", "-crop", area, "+repage", name);
  return Number(await session.run("identify", "-format", "%k", name));
}

/** Which state the icon on the panel shows, by its colour; undefined while it is none of them. */
export async function iconState(session: Session): Promise<IconState | undefined> {
  const { x, y } = await findIcon(session);
  const name = session.folder.file("icon.png");
  const area = `22x22+${x - 11}+${y - 11}`;
  await session.run("import", "-window", "root", "-crop", area, "+repage", "-depth", "8", name);
  const pixels = [
    ...(await session.run("convert", name, "txt:-")).matchAll(/#([0-9A-F]{6})/gu),
  ].map(([, hex = ""]) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
  const alike = (state: IconState): number =>
    pixels.filter((pixel) =>
      pixel.every((part, at) => Math.abs(part - (COLOURS[state][at] ?? 0)) < 12),
    ).length;
  const [best] = ICON_STATES.toSorted((a, b) => alike(b) - alike(a));
  return best !== undefined && alike(best) > 20 ? best : undefined;
}

/** Keeps what the upper right of the screen shows, for people to look at, where PICTURES=1 asks for it. */
export async function keepPicture(session: Session, name: string): Promise<void> {
  if (process.env["PICTURES"] !== "1") return;
  const directory = path.join(import.meta.dirname, "picture");
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, `${name}.png`);
  const options = [
    "-crop",
    "460x370+340+0",
    "+repage",
    "+dither",
    "-colors",
    "16",
    "-strip",
    "-define",
    "png:compression-level=9",
  ];
  await session.run("import", "-window", "root", ...options, `PNG8:${file}`);
}
