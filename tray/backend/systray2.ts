/*
 * The icon drawn by the program that the package systray2 carries, over its pipes: lines of JSON. Its
 * JavaScript is not used, since it cannot start its own program on Linux and may take this process with
 * it. Whatever the program does, hang, flood, die or talk nonsense, ends it and nothing else; it ends
 * itself when this process does.
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
  /** Of its own: the program leaves a picture there for each icon, which is removed with it. */
  directory: string;
  platform?: NodeJS.Platform;
  readyTimeoutMs?: number;
}

// Slow machines have been seen to take more than five seconds at login.
const READY_TIMEOUT_MS = 10_000;
const END_TIMEOUT_MS = 1_500;
// What it says is a few hundred bytes a line, and what it has not read yet some kilobytes.
const LONGEST_LINE = 100_000;
const LONGEST_QUEUE = 1_000_000;
// Windows shows no longer tooltips.
const LONGEST_TOOLTIP = 120;

/** What the program needs of the environment; a key of a model is none of its business. */
const PASSED_ON =
  /^(DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS|HOME|USER|LOGNAME|PATH|LANG|LANGUAGE|LC_\w+|XDG_\w+|GDK_\w+|GTK_\w+|LD_LIBRARY_PATH|SYSTEMROOT|WINDIR|APPDATA|LOCALAPPDATA|USERPROFILE)$/i;

/** @throws Error with what the program said when it does not come up */
export async function openSystray2(options: Systray2Options): Promise<Backend> {
  const { program, args = [], directory, onClick, platform = process.platform } = options;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const passedOn = Object.entries(options.env).filter(([name]) => PASSED_ON.test(name));
  const child = spawn(program, args, {
    stdio: "pipe",
    windowsHide: true,
    // Nothing is looked up where the daemon happens to stand.
    cwd: path.parse(program).root,
    env: { ...Object.fromEntries(passedOn), TMPDIR: directory },
  });
  let said = "";
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (said = (said + text).slice(-4_096)));
  // Written to after it died.
  child.stdin.on("error", () => {});
  const ended = endOf(child, () => said);
  const ids = numberRows(options.menu.rows);
  const keys = new Map([...ids].map(([key, id]) => [id, key]));
  const ready = Promise.withResolvers<void>();
  readLines(child, (line) => {
    const message = parseLine(line);
    if (message?.type === "ready") ready.resolve();
    const key = message?.type === "clicked" ? keys.get(message.id ?? 0) : undefined;
    // A row that opens others tells of that, too.
    if (key !== undefined && sent.has(key) && !parents.has(key)) onClick(key);
  });
  const parents = new Set(options.menu.rows.filter(({ rows }) => rows).map(({ key }) => key));
  const sent = new Map<string, string>();
  let shown = options.menu;

  const write = (message: object): void => {
    if (child.stdin.writableLength > LONGEST_QUEUE) child.kill("SIGKILL");
    if (child.stdin.writable) child.stdin.write(`${JSON.stringify(message)}\n`);
  };
  const itemOf = (row: Row): object => ({
    title: row.isLine ? "<SEPARATOR>" : escapeAccessKeys(markedTitle(row), platform),
    tooltip: "",
    enabled: row.enabled,
    checked: false,
    hidden: row.hidden,
    __id: ids.get(row.key),
  });
  const withRows = (row: Row): object => ({
    ...noteSent(row),
    ...(row.rows === undefined ? {} : { items: row.rows.map(withRows) }),
  });
  const noteSent = (row: Row): object => {
    const item = itemOf(row);
    sent.set(row.key, JSON.stringify(item));
    return item;
  };
  const icons = new Map<IconState, string>();
  const iconOf = (state: IconState): string => {
    const encoded = icons.get(state) ?? encodeIcon(state, platform).toString("base64");
    icons.set(state, encoded);
    return encoded;
  };
  const menuOf = ({ icon, tooltip }: Menu): object => ({
    icon: iconOf(icon),
    isTemplateIcon: platform === "darwin",
    // On some panels a text beside the icon.
    title: "",
    tooltip: tooltip.slice(0, LONGEST_TOOLTIP),
  });

  /** Without its rows: with them, it would show those that are hidden. */
  function update(rows: readonly Row[]): void {
    for (const row of rows) {
      const before = sent.get(row.key);
      const item = noteSent(row);
      if (sent.get(row.key) !== before && !row.isLine) {
        write({ type: "update-item", seq_id: -1, item });
      }
      update(row.rows ?? []);
    }
  }

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
  write({ ...menuOf(shown), items: shown.rows.map(withRows) });

  return {
    name: "systray2",
    show(next) {
      if (next.icon !== shown.icon || next.tooltip !== shown.tooltip) {
        write({ type: "update-menu", menu: menuOf(next) });
      }
      shown = next;
      update(next.rows);
    },
    lost: ended,
    [Symbol.asyncDispose]: end,
  };
}

/** The program can set a check mark on Linux and never take it away. */
function markedTitle({ title, checked }: Row): string {
  return checked === true ? `✓ ${title}` : title;
}

/** Resolves with why it ended, once its pipes are read to their end. */
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

/** What a line says; undefined for one that is no message, such as a warning of a library. */
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

/** Every row has an id of its own: one that the program does not know would stand for the first row. */
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
