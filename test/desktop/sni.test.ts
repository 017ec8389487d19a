import { expect, test } from "vitest";
import { openSni } from "../../tray/backend/sni.ts";
import { openBus } from "../../tray/dbus/bus.ts";
import { buildMenu } from "../../tray/menu.ts";
import { NOTHING_KNOWN, type Snapshot } from "../../tray/snapshot.ts";
import { labels, startHost } from "../helper/desktop/host.ts";
import { need } from "../helper/desktop/need.ts";
import { startSession } from "../helper/desktop/session.ts";
import { waitFor } from "../helper/program.ts";
import { knownAgent, knownDaemon } from "../tray/known.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const menuOf = (snapshot: Snapshot) => buildMenu(snapshot, NOW);
const ignore = { onClick() {} };

test("a panel reads icon, tooltip and rows of the item, and its clicks arrive", async ({
  skip,
}) => {
  need(skip, "dbus-daemon");
  await using session = await startSession();
  await using host = await startHost(session.bus);
  const clicks: string[] = [];
  await using _tray = await openSni(await openBus(session.bus), {
    menu: menuOf(knownDaemon({ agents: [knownAgent("a_b", { name: "My_agent" })] })),
    onClick: (key) => clicks.push(key),
  });
  const item = await host.item();
  expect(await item.get("Id")).toBe("agent-runner");
  expect(await item.get("ToolTip")).toEqual(["", [], "Agent Runner: idle", ""]);
  const pixmaps = (await item.get("IconPixmap")) as [number, number, Buffer][];
  expect(pixmaps.map(([width, height, data]) => [width, height, data.length])).toEqual(
    [16, 22, 24, 32, 44, 48].map((size) => [size, size, size * size * 4]),
  );
  const drawn = await item.rows();
  expect(labels(drawn)).toContain("My_agent");
  expect(labels(drawn)).not.toContain("Start Agent Runner");
  await item.click("My_agent");
  await item.click("Edit config");
  // It is disabled, and this one only opens others.
  await item.click("Agent Runner: idle");
  await item.click("Run Now");
  expect(clicks).toEqual(["run.0", "config"]);
});

test("what changes is told once, and rows come and go without another layout", async ({ skip }) => {
  need(skip, "dbus-daemon");
  await using session = await startSession();
  await using host = await startHost(session.bus);
  await using tray = await openSni(await openBus(session.bus), {
    menu: menuOf(NOTHING_KNOWN),
    ...ignore,
  });
  const item = await host.item();
  tray.show(menuOf(NOTHING_KNOWN));
  tray.show(menuOf(knownDaemon()));
  const drawn = await item.until("the agent is there", (rows) => labels(rows).includes("Inbox"));
  expect(labels(drawn)).not.toContain("Connecting…");
  await waitFor("all is told", () => host.signals.length === 3);
  expect(host.signals).toEqual(["NewIcon", "NewToolTip", "ItemsPropertiesUpdated"]);
});

test("the item registers again when the panel comes back, and with one that comes late", async ({
  skip,
}) => {
  need(skip, "dbus-daemon");
  await using session = await startSession();
  await using tray = await openSni(await openBus(session.bus), {
    menu: menuOf(knownDaemon()),
    ...ignore,
  });
  for (let panel = 0; panel < 3; panel += 1) {
    await using host = await startHost(session.bus);
    const item = await host.item();
    expect(labels(await item.rows())).toContain("Agent Runner: idle");
  }
  expect(tray.name).toBe("sni");
});

test("the item is lost with the bus, and gone from it when it is closed", async ({ skip }) => {
  need(skip, "dbus-daemon");
  await using session = await startSession();
  await using host = await startHost(session.bus);
  const menu = menuOf(knownDaemon());
  const tray = await openSni(await openBus(session.bus), { menu, ...ignore });
  const item = await host.item();
  await tray[Symbol.asyncDispose]();
  await expect(item.rows()).rejects.toThrow("org.freedesktop.DBus.Error");
  const other = await openSni(await openBus(session.bus), { menu, ...ignore });
  await session.killBus();
  expect(await other.lost).toContain("bus has ended");
});

test("a thousand changes in a row reach the panel as what is last", async ({ skip }) => {
  need(skip, "dbus-daemon");
  await using session = await startSession();
  await using host = await startHost(session.bus);
  await using tray = await openSni(await openBus(session.bus), {
    menu: menuOf(knownDaemon()),
    ...ignore,
  });
  const item = await host.item();
  for (let pending = 0; pending < 1_000; pending += 1) {
    tray.show(menuOf(knownDaemon({ state: "working", queue: { pending, working: 0, failed: 0 } })));
  }
  const drawn = await item.rows();
  expect(labels(drawn)[0]).toBe("Agent Runner: working (999 files left)");
});
