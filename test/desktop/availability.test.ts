import { expect, test } from "vitest";
import { install } from "../helper/desktop/installed.ts";
import { startHost } from "../helper/desktop/host.ts";
import { need } from "../helper/desktop/need.ts";
import { type Session, startSession } from "../helper/desktop/session.ts";
import { findTrayBackend } from "../../tray/availability.ts";
import { findSystray2 } from "../../tray/backend/systray2-binary.ts";
import { waitFor } from "../helper/program.ts";

/** The environment of a session without some of it. */
function without(session: Session, ...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(session.env).filter(([name]) => !names.includes(name)));
}

test("each thing that keeps the icon away has its sentence, and its remedy", async ({ skip }) => {
  need(skip, "dbus-daemon");
  await using session = await startSession();
  const none = await findTrayBackend("none", session.env);
  expect(none).toMatchObject({ backend: null, reason: "tray.backend is none in config.yaml" });
  const noDisplay = await findTrayBackend("auto", without(session, "DISPLAY", "WAYLAND_DISPLAY"));
  expect(noDisplay).toMatchObject({
    backend: null,
    reason: "no display: neither DISPLAY nor WAYLAND_DISPLAY is set",
  });
  const noBus = await findTrayBackend("sni", without(session, "DBUS_SESSION_BUS_ADDRESS"));
  expect(noBus).toMatchObject({ backend: null, reason: expect.stringContaining("no D-Bus") });
  const noWatcher = await findTrayBackend("sni", session.env);
  expect(noWatcher).toMatchObject({ backend: null, reason: expect.stringContaining("no watcher") });
  for (const { hint } of [noDisplay, noBus, noWatcher] as { hint?: string }[]) {
    expect(hint).toMatch(/\.$/u);
  }
});

test("without a watcher systray2 is chosen, and says which library it lacks", async ({ skip }) => {
  need(skip, "dbus-daemon", "ldd");
  if (findSystray2() === undefined) return skip("needs the package systray2 on an Intel processor");
  await using session = await startSession();
  expect(await findTrayBackend("auto", session.env)).toEqual({ backend: "systray2" });
  // What ldd says on a machine without the library.
  session.folder.write("bin/ldd", "#!/bin/sh\necho '\\tlibappindicator3.so.1 => not found'\n");
  await session.run("chmod", "+x", session.folder.file("bin/ldd"));
  expect(await findTrayBackend("auto", session.env)).toMatchObject({
    backend: null,
    reason: expect.stringMatching(/^no watcher: .*, and systray2 lacks libappindicator3\.so\.1$/u),
    hint: expect.stringContaining("libayatana-appindicator3-1"),
  });
});

test("with a watcher the icon is on the bus, unless systray2 is asked for", async ({ skip }) => {
  need(skip, "dbus-daemon");
  await using session = await startSession();
  await using _host = await startHost(session.bus);
  expect(await findTrayBackend("auto", session.env)).toEqual({ backend: "sni" });
  if (findSystray2() === undefined) return;
  expect(await findTrayBackend("systray2", session.env)).toEqual({ backend: "systray2" });
});

test("a display that is not there is said by tray in the words of the program", async ({
  skip,
}) => {
  need(skip, "dbus-daemon", "ldd");
  if (findSystray2() === undefined) return skip("needs the package systray2 on an Intel processor");
  await using session = await startSession();
  await using program = install(session);
  program.configure("tray: { backend: systray2 }\n");
  const tray = await program.run("tray");
  expect(tray.code).toBe(1);
  expect(tray.stderr).toMatch(/The tray icon cannot be shown: .*cannot open display/u);
  expect(program.running()).toEqual([]);
});

test.for([
  ["tray.backend is none", "tray: { backend: none }", "tray.backend is none in config.yaml"],
  [
    "there is no watcher",
    "tray: { backend: sni }",
    "no watcher: this desktop does not show StatusNotifierItem icons",
  ],
] as const)(
  "where %s, the daemon runs as ever, and status and tray say why",
  async ([, yaml, reason], { skip }) => {
    need(skip, "dbus-daemon");
    await using session = await startSession();
    await using program = install(session);
    program.configure(`${yaml}\n`);
    program.start("start");
    const client = await program.connect();
    const status = await program.run("status");
    expect(status.stdout).toContain(`tray   not shown: ${reason}\n`);
    const tray = await program.run("tray");
    expect(tray.code).toBe(1);
    expect(tray.stderr).toContain(`The tray icon cannot be shown: ${reason}`);
    expect((await client.status()).state).toBe("idle");
    expect((await program.run("stop")).code).toBe(0);
    await waitFor("nothing is left", () =>
      program.running().every((one) => one.includes("--with-daemon")),
    );
  },
);
