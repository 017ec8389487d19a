import { chmodSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { DBUS, openBus } from "../../tray/dbus/bus.ts";
import { createObject } from "../../tray/dbus/object.ts";
import { textOf } from "../../tray/dbus/wire.ts";
import { showNotice } from "../../tray/notification/show.ts";
import { labels, startHost } from "../helper/desktop/host.ts";
import { install } from "../helper/desktop/installed.ts";
import { need } from "../helper/desktop/need.ts";
import { startSession } from "../helper/desktop/session.ts";
import { waitFor } from "../helper/program.ts";
import { startScriptedServer, status } from "../helper/scripted-server.ts";

const NOTIFICATIONS = "org.freedesktop.Notifications";

/** A notification server that shows nothing and keeps what it was given. */
async function startServer(socket: string, capabilities: readonly string[] = []) {
  const bus = await openBus(socket);
  const shown: { title: string; body: string }[] = [];
  bus.serve(
    "/org/freedesktop/Notifications",
    createObject({
      [NOTIFICATIONS]: {
        properties: {},
        methods: {
          GetCapabilities: { takes: "", gives: "as", run: () => [capabilities] },
          Notify: {
            takes: "susssasa{sv}i",
            gives: "u",
            run([, , , title, body]) {
              shown.push({ title: textOf(title), body: textOf(body) });
              return [shown.length];
            },
          },
        },
      },
    }),
  );
  await bus.call({ ...DBUS, member: "RequestName", signature: "su", body: [NOTIFICATIONS, 0] });
  return { shown, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() };
}

test("a notification is clean text, and marked up only for a server that reads marks", async ({
  skip,
}) => {
  need(skip, "dbus-daemon");
  await using session = await startSession();
  await using bus = await openBus(session.bus);
  const notice = { title: "two\nlines", body: "<b>R&D</b> \u202eturned" };
  {
    await using server = await startServer(session.bus);
    await showNotice(notice, bus, session.env);
    expect(server.shown).toEqual([{ title: "two lines", body: "<b>R&D</b> turned" }]);
  }
  await using server = await startServer(session.bus, ["body", "body-markup"]);
  await showNotice(notice, bus, session.env);
  expect(server.shown[0]?.body).toBe("&lt;b&gt;R&amp;D&lt;/b&gt; turned");
});

test("a session without a notification server loses it, and nothing else", async ({ skip }) => {
  need(skip, "dbus-daemon");
  await using session = await startSession();
  await using bus = await openBus(session.bus);
  await showNotice({ title: "a", body: "b" }, bus, session.env);
  await showNotice({ title: "a", body: "b" }, undefined, session.env);
  expect(bus.name).toMatch(/^:/u);
});

test("a key that is refused and a run that ended with problems are told where they are asked for", async ({
  skip,
}) => {
  need(skip, "dbus-daemon");
  await using session = await startSession();
  await using host = await startHost(session.bus);
  await using server = await startServer(session.bus);
  await using endpoint = await startScriptedServer(() =>
    status(401, { error: { message: "Incorrect API key provided" } }),
  );
  await using program = install(session);
  chmodSync(program.write("home/secrets.env", "MY_KEY=sk-not-right-12345\n"), 0o600);
  const yaml = (notify: string): string => `tray: { notify: [${notify}] }
model: { provider: openai, base_url: "${endpoint.url}", name: scripted, api_key: "\${MY_KEY}", context_tokens: 32000 }
agents: [{ id: inbox, name: Inbox, directories: [{ path: ${program.file("in")} }], settle_seconds: 0 }]
`;
  program.write("in/.keep", "");
  program.configure(yaml("run_problems, key_refused"));
  program.start("start");
  const item = await host.item();
  await item.until("it is idle", (rows) => rows[0]?.label === "Agent Runner: idle");
  program.write("in/a.md", "# A\n");
  await waitFor("both are told", () => server.shown.length === 2);
  expect(server.shown.map(({ title }) => title).toSorted()).toEqual([
    "A run ended with problems",
    "Inbox: the key was refused",
  ]);
  expect(JSON.stringify(server.shown)).not.toContain("sk-not-right");
});

test("a run that stopped at a limit says so in its notification, in the menu and in the tooltip", async ({
  skip,
}) => {
  need(skip, "dbus-daemon");
  await using session = await startSession();
  await using host = await startHost(session.bus);
  await using server = await startServer(session.bus);
  await using program = install(session);
  program.write("in/.keep", "");
  program.configure(`tray: { notify: [run_problems] }
agents: [{ id: inbox, name: Inbox, directories: [{ path: ${program.file("in")} }], settle_seconds: 0, max_changes_per_file: 2 }]
`);
  program.start("start");
  const item = await host.item();
  await item.until("it is idle", (rows) => rows[0]?.label === "Agent Runner: idle");
  program.write("in/a.md", "# Plan\n\n- [ ] Call Ann\n- [ ] Call Bob\n- [ ] Call Cem\n");
  await waitFor("a notification is shown", () => server.shown.length > 0);
  expect(server.shown).toEqual([
    {
      title: "A run ended with warnings",
      body: "A run of Inbox ended as success: 1 read, 1 stopped at a limit, 1 skipped.",
    },
  ]);
  const rows = await item.until("the menu says so", (all) =>
    labels(all).includes("Inbox: 1 stopped at a limit"),
  );
  expect(labels(rows)).toContain("stopped at a limit: a.md (now)");
  const tooltip = ["", [], "Agent Runner: idle, 1 stopped at a limit", ""];
  await waitFor("the tooltip says so", async () => {
    return isDeepStrictEqual(await item.get("ToolTip"), tooltip);
  });
});
