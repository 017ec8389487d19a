import { expect, test } from "vitest";
import { install, type Installed } from "../helper/desktop/installed.ts";
import { need } from "../helper/desktop/need.ts";
import { type Session, startSession } from "../helper/desktop/session.ts";
import { waitFor } from "../helper/program.ts";
import { hang, startScriptedServer } from "../helper/scripted-server.ts";
import { findIcon, iconState, keepPicture, openMenu } from "./picture.ts";

// The real program on a real panel, with a real pointer. PICTURES=1 renews test/desktop/picture/.

const PROGRAMS = ["dbus-daemon", "Xvfb", "xfce4-panel", "xdotool", "import", "convert", "identify"];
const BACKENDS = ["sni", "systray2"] as const;

interface Desk extends AsyncDisposable {
  session: Session;
  program: Installed;
}

async function openDesk(skip: (reason: string) => void): Promise<Desk> {
  need(skip, ...PROGRAMS);
  const stack = new AsyncDisposableStack();
  const session = stack.use(await startSession({ display: true, panel: true }));
  const program = stack.use(install(session));
  program.write("in/minutes.md", "# Minutes\n\n- [ ] Call Bob\n");
  return { session, program, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function configure(program: Installed, backend: string, more = ""): void {
  const directories = `directories: [{ path: ${program.file("in")} }]`;
  program.configure(
    `tray: { backend: ${backend} }\n${more}agents:\n  - { id: inbox, name: Inbox, ${directories}, settle_seconds: 0, schedule: "0 9 * * *" }\n`,
  );
}

const shows = (session: Session, state: string) =>
  waitFor(`the icon says ${state}`, async () => (await iconState(session)) === state);

/** Shows the menu to people, and takes it away again. */
async function keepMenu(session: Session, name: string): Promise<void> {
  await openMenu(session);
  await keepPicture(session, name);
  await closeMenu(session);
}

async function closeMenu(session: Session): Promise<void> {
  await session.run("xdotool", "key", "Escape");
  await session.run("xdotool", "mousemove", "100", "500");
}

/** Chooses a row by the keyboard, counted from the last one. */
async function chooseFromEnd(session: Session, ups: number): Promise<void> {
  await openMenu(session);
  await session.run("xdotool", "key", "--delay", "60", ...Array(ups).fill("Up"), "Return");
}

test.for(BACKENDS)(
  "%s: the icon says each state, and its menu what it means",
  async (backend, { skip }) => {
    await using desk = await openDesk(skip);
    const { session, program } = desk;
    await using server = await startScriptedServer(() => hang());
    configure(program, backend);
    const daemon = program.start("start");
    const client = await program.connect();
    expect((await program.tray()).backend).toBe(backend);
    await shows(session, "idle");
    await keepMenu(session, `${backend}-idle`);
    await client.pause({ minutes: 60 });
    await shows(session, "paused");
    await keepMenu(session, `${backend}-paused`);
    await client.resume();
    await shows(session, "idle");
    configure(program, backend, "colour: red\n");
    await shows(session, "attention");
    await keepMenu(session, `${backend}-attention`);
    const model = `model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null, context_tokens: 32000 }\n`;
    configure(program, backend, model);
    await waitFor(
      "the model is in force",
      async () => (await client.status()).model.name === "scripted",
    );
    program.write("in/next.md", "# Next\n");
    await shows(session, "working");
    await keepMenu(session, `${backend}-working`);
    daemon.kill("SIGKILL");
    await shows(session, "down");
    await keepMenu(session, `${backend}-down`);
  },
);

test.for(BACKENDS)("%s: rows chosen on the panel do what they say", async (backend, { skip }) => {
  await using desk = await openDesk(skip);
  const { session, program } = desk;
  configure(program, backend);
  program.start("start");
  const client = await program.connect();
  await shows(session, "idle");
  // Quit, Hide, Start at login, View logs, Edit config.
  await chooseFromEnd(session, 5);
  await waitFor("the config opens", () => session.opened().includes(`${program.home}/config.yaml`));
  await chooseFromEnd(session, 2);
  await waitFor("the tray is gone", () =>
    program.running().every((one) => !/ tray|tray_/u.test(one)),
  );
  expect((await client.health()).status).toBe("ok");
  program.start("tray");
  await shows(session, "idle");
  await chooseFromEnd(session, 1);
  await waitFor("all is gone", () => program.running().length === 0);
});

test.for(BACKENDS)(
  "%s: the icon comes back when the panel was killed and started again",
  async (backend, { skip }) => {
    await using desk = await openDesk(skip);
    const { session, program } = desk;
    configure(program, backend);
    program.start("start");
    await shows(session, "idle");
    const { pid } = await program.tray();
    await session.killPanel();
    await session.startPanel();
    await shows(session, "idle");
    expect((await program.tray()).pid).toBe(pid);
    await (await program.connect()).pause();
    await shows(session, "paused");
  },
);

test.for(BACKENDS)(
  "%s: a hundred changes in a second crash neither panel nor tray",
  async (backend, { skip }) => {
    await using desk = await openDesk(skip);
    const { session, program } = desk;
    configure(program, backend);
    program.start("start");
    const client = await program.connect();
    await shows(session, "idle");
    const { pid } = await program.tray();
    const icon = await findIcon(session);
    for (let time = 0; time < 50; time += 1) {
      await client.pause();
      await client.resume();
    }
    await client.pause();
    await shows(session, "paused");
    expect(await findIcon(session)).toEqual(icon);
    expect((await program.tray()).pid).toBe(pid);
  },
);

test("systray2: its program killed is started again, and the display gone ends all but the daemon", async ({
  skip,
}) => {
  await using desk = await openDesk(skip);
  const { session, program } = desk;
  configure(program, "systray2");
  program.start("start");
  const client = await program.connect();
  await shows(session, "idle");
  await session.run("pkill", "-KILL", "-P", String((await program.tray()).pid), "-f", "tray_linux");
  await waitFor("its program is gone", () =>
    program.running().every((one) => !one.includes("tray_")),
  );
  await waitFor("its program runs again", () =>
    program.running().some((one) => one.includes("tray_")),
  );
  await shows(session, "idle");
  await session.killDisplay();
  await session.killBus();
  await waitFor("the tray is gone", () =>
    program.running().every((one) => !/ tray|tray_/u.test(one)),
  );
  expect((await client.health()).status).toBe("ok");
});

test("another backend in the config draws the icon anew, in the same process", async ({ skip }) => {
  await using desk = await openDesk(skip);
  const { session, program } = desk;
  configure(program, "sni");
  program.start("start");
  await shows(session, "idle");
  const { pid } = await program.tray();
  for (const backend of ["systray2", "sni"] as const) {
    configure(program, backend);
    await waitFor(`${backend} draws it`, async () => (await program.tray()).backend === backend);
    await shows(session, "idle");
  }
  expect((await program.tray()).pid).toBe(pid);
  expect(program.running().filter((one) => one.includes("tray_"))).toEqual([]);
});
