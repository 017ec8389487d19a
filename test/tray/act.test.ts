import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { act } from "../../tray/act.ts";
import type { Notice } from "../../tray/notification/notice.ts";
import { targetFor } from "../../tray/open-on-desktop.ts";
import type { Action } from "../../tray/snapshot.ts";
import { testFolder } from "../helper/folder.ts";
import { type OpenDoor, openDoor } from "../helper/open-door.ts";
import { daemonFile } from "../cli/run-in-process.ts";

interface Desk extends AsyncDisposable {
  door: OpenDoor;
  told: Notice[];
  opened: string[];
  did: string[];
  /** Whether the desktop opens anything. */
  opens: boolean;
  act(action: Action): Promise<void>;
}

async function openDesk({ isRunning = true } = {}): Promise<Desk> {
  const door = await openDoor();
  const folder = testFolder();
  if (isRunning) folder.write("daemon.json", daemonFile(door));
  const desk: Desk = {
    door,
    told: [],
    opened: [],
    did: [],
    opens: true,
    act: (action) =>
      act(action, {
        paths: resolvePaths({
          env: { AGENT_RUNNER_HOME: folder.path },
          platform: process.platform,
          userHome: folder.path,
        }),
        async open(target) {
          desk.opened.push(target);
          return desk.opens;
        },
        notify: (notice) => desk.told.push(notice),
        async startDaemon() {
          throw new RunnerError("config_invalid", "config.yaml line 3: wrong", {
            hint: "Correct it.",
          });
        },
        startAtLogin: async (on) => void desk.did.push(`login ${on}`),
        leave: () => desk.did.push("leave"),
      }),
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
      await door[Symbol.asyncDispose]();
    },
  };
  return desk;
}

test("a pause lasts an hour, until midnight, or until it is resumed", async () => {
  await using desk = await openDesk();
  const pause = async (until: "hour" | "tomorrow" | "resumed") => {
    await desk.act({ do: "pause", until });
    const { state, paused_until } = await desk.door.client.status();
    expect(state).toBe("paused");
    return paused_until;
  };
  const minutesUntil = (instant: string | null): number =>
    (Date.parse(instant ?? "") - Date.now()) / 60_000;
  const hour = minutesUntil(await pause("hour"));
  expect(hour).toBeGreaterThan(59);
  expect(hour).toBeLessThanOrEqual(60);
  const tomorrow = minutesUntil(await pause("tomorrow"));
  expect(tomorrow).toBeGreaterThan(0);
  expect(tomorrow).toBeLessThanOrEqual(25 * 60);
  expect(await pause("resumed")).toBeNull();
  await desk.act({ do: "resume" });
  expect((await desk.door.client.status()).state).toBe("idle");
});

test("of all agents, one that cannot run keeps no other from it, and why is told", async () => {
  await using desk = await openDesk();
  await desk.act({ do: "run", agentIds: ["none", "inbox"] });
  expect((await desk.door.client.runs()).items.map(({ agent_id }) => agent_id)).toEqual(["inbox"]);
  expect(desk.told).toHaveLength(1);
  expect(desk.told[0]?.title).toBe("That did not work");
});

test("the page opens by a file whose link has a code in the fragment", async () => {
  await using desk = await openDesk();
  const { page_url } = await desk.door.client.createSessionCode();
  await desk.act({ do: "open_page", path: "/runs/run_1" });
  const [file = ""] = desk.opened;
  expect(path.extname(file)).toBe(".html");
  const html = readFileSync(file, "utf8");
  expect(html).toContain(`url=${page_url}/runs/run_1#code=`);
  expect(html).not.toContain(desk.door.token);
});

test("where nothing opens the page, no code is shown or left behind", async () => {
  await using desk = await openDesk();
  desk.opens = false;
  await desk.act({ do: "open_page", path: "/" });
  const { title, body = "" } = desk.told[0] ?? {};
  expect(title).toBe("No program can open the page");
  expect(body).toContain("open --print");
  expect(body).not.toContain("code");
  expect(existsSync(desk.opened[0] ?? "")).toBe(false);
});

test("what nothing opens is told with its place", async () => {
  await using desk = await openDesk();
  desk.opens = false;
  await desk.act({ do: "open_file", path: "/in/a.pdf" });
  expect(desk.told).toEqual([{ title: "No program can open this", body: "/in/a.pdf" }]);
});

test("quit stops the daemon and takes the icon away, and only that where no daemon runs", async () => {
  await using up = await openDesk();
  await up.act({ do: "quit" });
  expect(up.door.daemon.isStopAsked).toBe(true);
  expect(up.did).toEqual(["leave"]);
  await using down = await openDesk({ isRunning: false });
  await down.act({ do: "quit" });
  expect(down.did).toEqual(["leave"]);
  expect(down.told).toEqual([]);
});

test("what goes wrong is told with its remedy, and a problem with its own", async () => {
  await using desk = await openDesk({ isRunning: false });
  await desk.act({ do: "start" });
  const problem = { code: "key_missing", agent_id: null, message: "no key", hint: "Set it." };
  await desk.act({ do: "explain", problem });
  await desk.act({ do: "resume" });
  expect(desk.told.map(({ body }) => body)).toEqual([
    "config.yaml line 3: wrong\nCorrect it.",
    "no key\nSet it.",
    expect.stringContaining("No daemon runs in this home."),
  ]);
});

test.each([
  ["/in/report.pdf", "/in/report.pdf"],
  ["/in/NOTES.MD", "/in/NOTES.MD"],
  ["/in/run.sh", "/in"],
  ["/in/app.desktop", "/in"],
  ["/in/script.js", "/in"],
  ["/in/page.html", "/in"],
  ["/in/no ending", "/in"],
])("%s opens %s: nothing that opening might run", (file, target) => {
  expect(targetFor(file)).toBe(target);
});
