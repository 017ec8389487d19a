/*
 * The icon drawn by the program in the package systray2, with lines of JSON over its pipes. We do not use the package's
 * JavaScript, which cannot start the program on Linux and may crash this process. If the program hangs, floods, dies or
 * writes nonsense, only the program ends; it also ends when this process does.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { drawIcon } from "../icon/draw.ts";
import { encodeIco, encodePng } from "../icon/encode.ts";
import type { IconState } from "../icon/shape.ts";
import type { Menu, Row } from "../menu.ts";
import { type Backend, type BackendOptions, escapeAccessKeys } from "./backend.ts";

export interface Systray2Options extends BackendOptions {
  /** Absolute. */
  program: string;
  args?: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** For this program only: it leaves a picture there for each icon. Removed at the end. */
  directory: string;
  platform?: NodeJS.Platform;
  readyTimeoutMs?: number;
}

// Some slow machines take more than five seconds at login.
const READY_TIMEOUT_MS = 10_000;
const END_TIMEOUT_MS = 1_500;
// Its lines have a few hundred bytes, and unread input some kilobytes.
const LONGEST_LINE = 100_000;
const LONGEST_QUEUE = 1_000_000;
// Windows cuts longer tooltips.
const LONGEST_TOOLTIP = 120;

/** The variables that the program needs; it must not get the API key of a model. */
const PASSED_ON =
  /^(DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS|HOME|USER|LOGNAME|PATH|LANG|LANGUAGE|LC_\w+|XDG_\w+|GDK_\w+|GTK_\w+|LD_LIBRARY_PATH|SYSTEMROOT|WINDIR|APPDATA|LOCALAPPDATA|USERPROFILE)$/i;

/** Starts the program. @throws Error with the program's last words if it does not come up */
export async function openSystray2(options: Systray2Options): Promise<Backend> {
  const { directory, onClick, platform = process.platform } = options;
  const { child, ended } = startProgram(options);
  const rows = createRowEncoder(options.menu.rows, platform);
  const iconOf = createIconEncoder(platform);
  let shown = options.menu;

  const ready = Promise.withResolvers<void>();
  readLines(child, (line) => {
    const message = parseLine(line);
    if (message?.type === "ready") ready.resolve();
    const key = message?.type === "clicked" ? rows.findClicked(message.id ?? 0) : undefined;
    if (key !== undefined) onClick(key);
  });

  const write = (message: object): void => {
    if (child.stdin.writableLength > LONGEST_QUEUE) child.kill("SIGKILL");
    if (child.stdin.writable) child.stdin.write(`${JSON.stringify(message)}\n`);
  };
  const menuOf = ({ icon, tooltip }: Menu): object => ({
    icon: iconOf(icon),
    isTemplateIcon: platform === "darwin",
    // Some panels show this text beside the icon.
    title: "",
    tooltip: tooltip.slice(0, LONGEST_TOOLTIP),
  });

  async function end(): Promise<void> {
    if (child.stdin.writable) child.stdin.end(`${JSON.stringify({ type: "exit" })}\n`);
    await Promise.race([ended, wait(END_TIMEOUT_MS, undefined, { ref: false })]);
    child.kill("SIGKILL");
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }

  const patience = AbortSignal.timeout(options.readyTimeoutMs ?? READY_TIMEOUT_MS);
  const late = once(patience, "abort").then(() => "it did not come up in time");
  const fault = await Promise.race([ready.promise, ended, late]);
  if (fault !== undefined) {
    child.kill("SIGKILL");
    await end();
    throw new Error(`the program of systray2 ended: ${fault}`);
  }
  write({ ...menuOf(shown), items: shown.rows.map(rows.encode) });

  return {
    name: "systray2",
    show(next) {
      if (next.icon !== shown.icon || next.tooltip !== shown.tooltip) {
        write({ type: "update-menu", menu: menuOf(next) });
      }
      shown = next;
      for (const item of rows.listChanged(next.rows)) {
        write({ type: "update-item", seq_id: -1, item });
      }
    },
    lost: ended,
    [Symbol.asyncDispose]: end,
  };
}

/** Starts the program with an environment and a directory of its own; `ended` resolves with the reason. */
function startProgram({ program, args = [], env, directory }: Systray2Options) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const passedOn = Object.entries(env).filter(([name]) => PASSED_ON.test(name));
  const child = spawn(program, args, {
    stdio: "pipe",
    windowsHide: true,
    // Never looks anything up in the daemon's working directory.
    cwd: path.parse(program).root,
    env: { ...Object.fromEntries(passedOn), TMPDIR: directory },
  });
  let said = "";
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (said = (said + text).slice(-4_096)));
  // A write after the program died.
  child.stdin.on("error", () => {});
  return { child, ended: endOf(child, () => said) };
}

interface RowEncoder {
  /** A row, and the rows below it, as the program expects them. */
  encode(row: Row): object;
  /**
   * The rows, at all levels, that differ from what was encoded last; lines never change. Each is without the rows below
   * it, because with them the program would show hidden ones.
   */
  listChanged(rows: readonly Row[]): object[];
  /** The key of the row with an id, if that row acts; a row that opens others reports clicks, too. */
  findClicked(id: number): string | undefined;
}

function createRowEncoder(first: readonly Row[], platform: NodeJS.Platform): RowEncoder {
  const ids = numberRows(first);
  const keys = new Map([...ids].map(([key, id]) => [id, key]));
  const parents = new Set(first.filter(({ rows }) => rows).map(({ key }) => key));
  const sent = new Map<string, string>();
  const encodeOne = (row: Row): object => {
    const item = {
      title: row.isLine ? "<SEPARATOR>" : escapeAccessKeys(markedTitle(row), platform),
      tooltip: "",
      enabled: row.enabled,
      checked: false,
      hidden: row.hidden,
      __id: ids.get(row.key),
    };
    sent.set(row.key, JSON.stringify(item));
    return item;
  };
  const encoder: RowEncoder = {
    encode: (row) => ({
      ...encodeOne(row),
      ...(row.rows === undefined ? {} : { items: row.rows.map(encoder.encode) }),
    }),
    listChanged: (rows) =>
      rows.flatMap((row) => {
        const before = sent.get(row.key);
        const item = encodeOne(row);
        const isChanged = sent.get(row.key) !== before && !row.isLine;
        return [...(isChanged ? [item] : []), ...encoder.listChanged(row.rows ?? [])];
      }),
    findClicked(id) {
      const key = keys.get(id);
      return key !== undefined && sent.has(key) && !parents.has(key) ? key : undefined;
    },
  };
  return encoder;
}

/** Encodes each icon once, in base 64. */
function createIconEncoder(platform: NodeJS.Platform): (icon: IconState) => string {
  const icons = new Map<IconState, string>();
  return (icon) => {
    const encoded = icons.get(icon) ?? encodeIcon(icon, platform).toString("base64");
    icons.set(icon, encoded);
    return encoded;
  };
}

/** On Linux, the program can set a check mark but never remove it, so the title has it. */
function markedTitle({ title, checked }: Row): string {
  return checked === true ? `✓ ${title}` : title;
}

/** Resolves with the reason when the program has ended and its pipes are read. */
function endOf(child: ChildProcess, said: () => string): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => {
      const last = said().trim().split("\n").at(-1) ?? "";
      resolve(last === "" ? `with ${signal ?? code}` : last.slice(0, 200));
    });
  });
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) child.kill("SIGKILL");
    for (const line of lines) onLine(line);
  });
}

/** Parses a line; undefined if it is not a message, such as a warning of a library. */
function parseLine(line: string): { type: unknown; id?: number } | undefined {
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message !== "object" || message === null || !("type" in message)) return undefined;
    const { type } = message;
    return "__id" in message && typeof message.__id === "number"
      ? { type, id: message.__id }
      : { type };
  } catch {
    return undefined;
  }
}

/** Gives every row an id, because the program takes an unknown id for the first row. */
function numberRows(rows: readonly Row[], ids = new Map<string, number>()): Map<string, number> {
  for (const row of rows) {
    ids.set(row.key, ids.size + 1);
    numberRows(row.rows ?? [], ids);
  }
  return ids;
}

const ICO_SIZES = [16, 20, 24, 32, 48];
const PNG_SIZE = 44;

function encodeIcon(icon: IconState, platform: NodeJS.Platform): Buffer {
  if (platform === "win32") return encodeIco(ICO_SIZES.map((size) => drawIcon(icon, size)));
  return encodePng(drawIcon(icon, PNG_SIZE, { template: platform === "darwin" }));
}
