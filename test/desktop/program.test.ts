import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findRunningTray } from "../../tray/lock.ts";
import { flatten, type Host, labels, startHost } from "../helper/desktop/host.ts";
import { install, type Installed } from "../helper/desktop/installed.ts";
import { need } from "../helper/desktop/need.ts";
import { type Session, startSession } from "../helper/desktop/session.ts";
import { waitFor } from "../helper/program.ts";

// The real program in a session with a message bus, where a watcher of ours stands for the panel.

interface Desk extends AsyncDisposable {
  session: Session;
  host: Host;
  program: Installed;
}

async function openDesk(skip: (reason: string) => void): Promise<Desk> {
  need(skip, "dbus-daemon");
  const stack = new AsyncDisposableStack();
  const session = stack.use(await startSession());
  const host = stack.use(await startHost(session.bus));
  const program = stack.use(install(session));
  program.write("in/a.md", "# A\n\n- [ ] Call Bob\n");
  return { session, host, program, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A config with one agent; `more` is added to it. */
function configure(program: Installed, name = "Inbox", more = ""): void {
  const directory = `{ path: ${program.file("in")} }`;
  program.configure(
    `agents:\n  - { id: inbox, name: ${JSON.stringify(name)}, directories: [${directory}], settle_seconds: 0 }\n${more}`,
  );
}

const has = (label: string) => (rows: Parameters<typeof labels>[0]) => labels(rows).includes(label);

test("start shows the tray beside it, and stop takes both away", async ({ skip }) => {
  await using desk = await openDesk(skip);
  const { host, program } = desk;
  configure(program);
  program.start("start");
  const item = await host.item();
  await item.until("the run has ended", (rows) =>
    labels(rows).some((one) => one.startsWith("Run of Inbox: success")),
  );
  const rows = await item.until("it is idle", has("Agent Runner: idle"));
  expect(labels(rows)).toContain("done: a.md (now)");
  const status = await program.run("status");
  expect(status.stdout).toContain("tray   shown (sni)");
  expect((await program.run("stop")).code).toBe(0);
  await waitFor("all is gone", () => program.running().length === 0);
});

test("rows do what they say: run, pause, resume, open, hide", async ({ skip }) => {
  await using desk = await openDesk(skip);
  const { host, program, session } = desk;
  configure(program);
  program.start("start");
  const client = await program.connect();
  const item = await host.item();
  await item.until(
    "it is idle",
    (rows) => has("Agent Runner: idle")(rows) && has("done: a.md (now)")(rows),
  );
  await item.click("Inbox");
  await waitFor("a run by hand", async () =>
    (await client.runs()).items.some(({ trigger }) => trigger === "manual"),
  );
  await item.click("For 1 hour");
  await waitFor("it is paused", async () => (await client.status()).state === "paused");
  const paused = await item.until("the pause is shown", has("Resume"));
  expect(labels(paused)[0]).toMatch(/^Agent Runner: paused until/u);
  expect(labels(paused)).not.toContain("Pause");
  await item.click("Resume");
  await waitFor("it is resumed", async () => (await client.status()).state === "idle");
  await item.until("the resume is shown", has("Pause"));
  for (const label of ["Open inbox directory", "Edit config", "View logs", "done: a.md (now)"]) {
    const before = session.opened().length;
    await item.click(label);
    await waitFor(`${label} opens something`, () => session.opened().length > before);
  }
  expect(session.opened()).toEqual([
    `${program.home}/inbox`,
    `${program.home}/config.yaml`,
    `${program.home}/logs/agent-runner.log`,
    program.file("in/a.md"),
  ]);
  const { page_url } = await client.createSessionCode();
  await item.click("Open dashboard");
  const file = await waitFor("the page opens", () =>
    session.opened().find((one) => one.startsWith(`${program.home}/sign-in/`)),
  );
  expect(readFileSync(file, "utf8")).toContain(`url=${page_url}/#code=`);
  await item.click("Hide tray icon");
  await waitFor("the tray is gone", () => program.running().every((one) => !one.includes(" tray")));
  expect((await client.health()).status).toBe("ok");
});

test("Start at login writes what service install writes, and takes it back", async ({ skip }) => {
  await using desk = await openDesk(skip);
  const { host, program, session } = desk;
  session.folder.write("bin/systemctl", "#!/bin/sh\nexit 0\n");
  await session.run("chmod", "+x", session.folder.file("bin/systemctl"));
  configure(program);
  program.start("start");
  const item = await host.item();
  await item.until("it is idle", has("Agent Runner: idle"));
  const isChecked = async (): Promise<boolean | undefined> =>
    flatten(await item.rows()).find(({ label }) => label === "Start at login")?.checked;
  expect(await isChecked()).toBe(false);
  await item.click("Start at login");
  await waitFor("it is checked", isChecked);
  const status = await program.run("service", "status", "--json");
  const { installed, up_to_date } = JSON.parse(status.stdout);
  expect([installed, up_to_date]).toEqual([true, true]);
  await item.click("Start at login");
  await waitFor("it is not checked", async () => (await isChecked()) === false);
  expect((await program.run("service", "status")).stdout).toContain("does not start at login");
});

test("an edit of the config shows by itself, and a wrong one at its line", async ({ skip }) => {
  await using desk = await openDesk(skip);
  const { host, program, session } = desk;
  configure(program);
  program.start("start");
  const item = await host.item();
  await item.until(
    "it is idle",
    (rows) => has("Agent Runner: idle")(rows) && has("done: a.md (now)")(rows),
  );
  const shown = async (
    edit: () => void,
    check: Parameters<typeof item.until>[1],
  ): Promise<void> => {
    edit();
    await item.until("the edit shows", check);
  };
  await shown(() => configure(program, "Renamed"), has("Renamed"));
  await shown(
    () => configure(program, "Renamed", "tray: { colour: red }\n"),
    (rows) =>
      labels(rows)[1]?.startsWith("Mistake in config.yaml line 5: tray.colour: unknown key") ===
      true,
  );
  const rows = await item.rows();
  expect(labels(rows)[0]).toBe("Agent Runner: needs attention (1 problem)");
  await item.click(labels(rows)[1] ?? "");
  await waitFor("the config opens", () => session.opened().includes(`${program.home}/config.yaml`));
  await shown(() => configure(program, "Right"), has("Right"));
  configure(program, "Right", "tray: { backend: none }\n");
  await waitFor("the tray is gone", () => program.running().every((one) => !one.includes(" tray")));
});

test("a daemon that is killed leaves a grey icon that starts it again, with a new token", async ({
  skip,
}) => {
  await using desk = await openDesk(skip);
  const { host, program } = desk;
  configure(program);
  const daemon = program.start("start");
  const item = await host.item();
  await item.until("it is idle", has("Agent Runner: idle"));
  const { pid } = await program.tray();
  daemon.kill("SIGKILL");
  const down = await item.until("it is down", has("Agent Runner is not running"));
  expect(labels(down)).toContain("Quit tray");
  expect(labels(down)).not.toContain("Run Now");
  await item.click("Start Agent Runner");
  await item.until("it is up again", has("Agent Runner: idle"));
  expect((await program.tray()).pid).toBe(pid);
  await item.click("Until resumed");
  const client = await program.connect();
  await waitFor("it is paused", async () => (await client.status()).state === "paused");
  await item.click("Quit Agent Runner");
  await waitFor("all is gone", () => program.running().length === 0);
});

test("a tray that is killed costs the daemon nothing, and is shown again by tray", async ({
  skip,
}) => {
  await using desk = await openDesk(skip);
  const { host, program } = desk;
  configure(program);
  program.start("start");
  const client = await program.connect();
  await host.item();
  process.kill((await program.tray()).pid, "SIGKILL");
  await waitFor("its place is free", async () => {
    const { stdout } = await program.run("status");
    return stdout.includes("tray   not shown: it is not running");
  });
  expect((await client.health()).status).toBe("ok");
  program.start("tray");
  await waitFor("the item is there again", () => host.registrations.length === 2);
  const item = await host.item();
  await item.until("it is idle", has("Agent Runner: idle"));
});

test("there is one tray for each session and home, however many are started at once", async ({
  skip,
}) => {
  await using desk = await openDesk(skip);
  const { host, program } = desk;
  configure(program);
  const ended = Promise.race(Array.from({ length: 3 }, () => program.run("tray")));
  await host.item();
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  expect(stdout).toBe("The tray icon of this home is already shown.\n");
  expect(host.registrations).toHaveLength(1);
  const down = await (
    await host.item()
  ).until("there is no daemon", has("Agent Runner is not running"));
  expect(labels(down)).toContain("Start Agent Runner");
});

test("the tray ends with its session, and the daemon goes on", async ({ skip }) => {
  await using desk = await openDesk(skip);
  const { host, program, session } = desk;
  configure(program);
  program.start("start");
  const client = await program.connect();
  await host.item();
  await program.tray();
  await session.killBus();
  await waitFor("the tray is gone", () => program.running().every((one) => !one.includes(" tray")));
  expect((await client.health()).status).toBe("ok");
});

test("names with emoji, line breaks and 300 characters, and a hundred changes in a second, hang nothing", async ({
  skip,
}) => {
  await using desk = await openDesk(skip);
  const { host, program } = desk;
  const name = `👩‍👩‍👧‍👦 two\nlines \u202eturned_${"x".repeat(300)}`;
  configure(program, name);
  program.start("start");
  const client = await program.connect();
  const item = await host.item();
  const rows = await item.until("the agent is there", (drawn) =>
    labels(drawn).some((one) => one.startsWith("👩‍👩‍👧‍👦 two lines turned_x")),
  );
  for (const { label } of flatten(rows))
    expect([...new Intl.Segmenter().segment(label)].length).toBeLessThanOrEqual(60);
  const since = performance.now();
  const before = host.signals.length;
  for (let time = 0; time < 50; time += 1) {
    await client.pause();
    await client.resume();
  }
  const seconds = (performance.now() - since) / 1_000;
  await client.pause();
  await item.until("the last one shows", has("Agent Runner: paused"));
  // Icon, tooltip and rows, once a second at most, and once for the last.
  expect(host.signals.length - before).toBeLessThanOrEqual(3 * (seconds + 3));
});

test("the place of the tray is free again when nothing holds it", async ({ skip }) => {
  await using desk = await openDesk(skip);
  const { program, session } = desk;
  const found = await findRunningTray(session.env, { daemonFile: `${program.home}/daemon.json` });
  expect(found).toBeUndefined();
});
