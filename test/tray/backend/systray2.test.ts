import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openSystray2 } from "../../../tray/backend/systray2.ts";
import { buildMenu } from "../../../tray/menu.ts";
import { NOTHING_KNOWN, type Snapshot } from "../../../tray/snapshot.ts";
import { testFolder } from "../../helper/folder.ts";
import { waitFor } from "../../helper/program.ts";
import { knownAgent, knownDaemon } from "../known.ts";

const FAKE = path.resolve(import.meta.dirname, "../../helper/fake-systray2.ts");
const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const menuOf = (snapshot: Snapshot) => buildMenu(snapshot, NOW);

interface Sent {
  type?: string;
  seq_id?: number;
  tooltip?: string;
  icon?: string;
  menu?: { icon: string; tooltip: string };
  items?: { __id: number; title: string; hidden: boolean; items?: unknown[] }[];
  item?: { __id: number; title: string; enabled: boolean; hidden: boolean; items?: unknown[] };
}

/** Opens the driver on a program that behaves like `mode`. */
function openFake(
  mode: string,
  options: { platform?: NodeJS.Platform; readyTimeoutMs?: number } = {},
) {
  const folder = testFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const log = folder.write("log", "");
  const clicks: string[] = [];
  const tray = openSystray2({
    program: process.execPath,
    args: [FAKE, mode, log],
    env: { PATH: process.env["PATH"], OPENAI_API_KEY: "sk-secret" },
    directory: folder.file("tmp"),
    menu: menuOf(NOTHING_KNOWN),
    onClick: (key) => clicks.push(key),
    platform: "linux",
    ...options,
  });
  const sent = (): Sent[] =>
    readFileSync(log, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Sent);
  const lines = (count: number): Promise<Sent[]> =>
    waitFor(`${count} lines arrive`, () => sent().length >= count && sent());
  return { tray, clicks, sent, lines, folder };
}

test("the first line is the whole menu, hidden rows and all, each with an id of its own", async () => {
  const { tray, lines } = openFake("well");
  await using _tray = await tray;
  const [menu] = await lines(1);
  expect(menu?.type).toBeUndefined();
  expect(menu?.tooltip).toBe("Agent Runner: connecting…");
  expect(Buffer.from(menu?.icon ?? "", "base64").toString("latin1", 1, 4)).toBe("PNG");
  expect(menu?.items?.map(({ title }) => title)).toContain("<SEPARATOR>");
  const ids = JSON.stringify(menu).match(/"__id":\d+/gu) ?? [];
  expect(new Set(ids).size).toBe(ids.length);
  const run = menu?.items?.find(({ title }) => title === "Run Now");
  expect(run).toMatchObject({ hidden: true });
  expect(JSON.stringify(run?.items)).not.toContain("SEPARATOR");
});

test("only what differs is sent, parents without their rows, and an underscore is no access key", async () => {
  const { tray, lines, sent } = openFake("well");
  await using backend = await tray;
  await lines(1);
  backend.show(menuOf(NOTHING_KNOWN));
  const snapshot = knownDaemon({ agents: [knownAgent("a", { name: "my_agent" })] });
  backend.show(menuOf(snapshot));
  backend.show(menuOf(snapshot));
  const after = await waitFor(
    "the last row arrives",
    () => sent().some(({ item }) => item?.title === "Quit Agent Runner") && sent(),
  );
  const items = after.flatMap(({ item }) => item ?? []);
  expect(items.map(({ title }) => title)).toEqual([
    "Agent Runner: idle",
    "Run Now",
    "All agents",
    "my__agent",
    "Pause",
    "Connecting…",
    "Quit Agent Runner",
  ]);
  expect(items.every((item) => item.items === undefined)).toBe(true);
  expect(after.filter(({ type }) => type === "update-menu")).toHaveLength(1);
  expect(
    after.filter(({ type }) => type === "update-item").every(({ seq_id }) => seq_id === -1),
  ).toBe(true);
});

test("a click on a row arrives by its key; one on a parent or on no row does not", async () => {
  const { tray, lines, clicks } = openFake("well");
  await using backend = await tray;
  const [menu] = await lines(1);
  const idOf = (title: string): number =>
    menu?.items?.find((one) => one.title === title)?.__id ?? 0;
  for (const id of [idOf("Run Now"), 999, idOf("View logs")]) {
    backend.show(menuOf(knownDaemon({ problems: [problemOf(`click ${id}`)] })));
  }
  await waitFor("the click arrives", () => clicks.length > 0);
  expect(clicks).toEqual(["logs"]);
});

function problemOf(message: string) {
  return { code: "x", agent_id: null, message, hint: null };
}

test.each([
  ["missing library", "libappindicator3.so.1"],
  ["no display", "cannot open display"],
])("a program that ends for a %s is an error with what it said", async (mode, said) => {
  const { tray } = openFake(mode);
  await expect(tray).rejects.toThrow(said);
});

test("a program that is not there is an error", async () => {
  const folder = testFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const tray = openSystray2({
    program: folder.file("none"),
    env: {},
    directory: folder.file("tmp"),
    menu: menuOf(NOTHING_KNOWN),
    onClick() {},
  });
  await expect(tray).rejects.toThrow("ENOENT");
});

test("a program that hangs before it is ready is given up and killed", async () => {
  const { tray, folder } = openFake("hang", { readyTimeoutMs: 500 });
  await expect(tray).rejects.toThrow("did not come up in time");
  expect(existsSync(folder.file("tmp"))).toBe(false);
});

test("nonsense, warnings and a flood on stderr are passed over", async () => {
  const { tray, lines, clicks } = openFake("garbage");
  await using _tray = await tray;
  await lines(1);
  expect(clicks).toEqual([]);
});

test("a line without end ends the program", async () => {
  const { tray } = openFake("endless line");
  await using backend = await tray;
  expect(await backend.lost).toContain("SIGKILL");
});

test("a program that reads nothing is killed before its queue takes up memory", async () => {
  const { tray } = openFake("deaf");
  await using backend = await tray;
  const menus = [menuOf(knownDaemon()), menuOf(NOTHING_KNOWN)];
  for (let time = 0; time < 2_000; time += 1) for (const menu of menus) backend.show(menu);
  expect(await backend.lost).toContain("SIGKILL");
});

test("a program that dies is lost with its exit code, and what is shown then goes nowhere", async () => {
  const { tray } = openFake("dies");
  await using backend = await tray;
  expect(await backend.lost).toBe("with 3");
  backend.show(menuOf(knownDaemon()));
});

test("closing ends the program in order, and one that will not end by force; nothing of it is left", async () => {
  for (const mode of ["well", "stay"]) {
    const { tray, folder, lines } = openFake(mode);
    const backend = await tray;
    await lines(1);
    await backend[Symbol.asyncDispose]();
    expect(await backend.lost).toBe(mode === "well" ? "with 0" : "with SIGKILL");
    expect(existsSync(folder.file("tmp"))).toBe(false);
  }
});

test("Windows gets an ICO, macOS a template, and & is no access key on Windows", async () => {
  const icons = await Promise.all(
    (["win32", "darwin"] as const).map(async (platform) => {
      const { tray, lines } = openFake("well", { platform });
      await using backend = await tray;
      await lines(1);
      backend.show(menuOf(knownDaemon({ agents: [knownAgent("a", { name: "R&D" })] })));
      const sent = await waitFor("the agent arrives", async () => {
        const all = await lines(2);
        return all.some(({ item }) => item?.title.startsWith("R&")) && all;
      });
      const title = sent.find(({ item }) => item?.title.startsWith("R&"))?.item?.title;
      return { head: sent[0]?.icon?.slice(0, 6), title, menu: sent[0] };
    }),
  );
  expect(icons[0]).toMatchObject({ head: "AAABAA", title: "R&&D" });
  expect(icons[1]).toMatchObject({ head: "iVBORw", title: "R&D", menu: { isTemplateIcon: true } });
});
