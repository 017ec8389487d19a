import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Client } from "../../daemon/client/client.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { openOnDesktop } from "../../tray/open-on-desktop.ts";
import { createSignIn, openPage } from "../../tray/open-page.ts";
import { canBecomeNeighbour, type Neighbour, startNeighbour } from "../helper/neighbour.ts";
import { type TestHome, testHome, waitFor } from "../helper/program.ts";

// Another user of this machine against a daemon of this one. Only root can play both.

/** A home whose desktop has a browser that is slow to start, and stays until the test lets it end. */
async function startHome() {
  const home = testHome({}, (folder) => ({
    PATH: `${path.join(folder, "bin")}${path.delimiter}${process.env["PATH"]}`,
  }));
  const script = `#!/bin/sh
echo "$1" >> '${home.file("opened")}'
while [ ! -e '${home.file("end")}' ]; do sleep 0.05; done
`;
  chmodSync(home.write("bin/xdg-open", script), 0o755);
  home.configure("");
  home.start();
  return { home, client: await home.connect() };
}

function listOpened(home: TestHome): string[] {
  const file = home.file("opened");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

/** Waits until the other user has looked at every program that runs now. */
async function waitForLook(other: Neighbour): Promise<void> {
  const { passes } = await other.report();
  await waitFor("a look at all programs", async () => (await other.report()).passes > passes + 1);
}

/** What the browser does: signs in with the code in the file, or in the address itself. */
async function redeem(opened: string, client: Client): Promise<number> {
  const html = existsSync(opened) ? readFileSync(opened, "utf8") : opened;
  const code = /#code=([\w-]{43})/u.exec(html)?.[1];
  const answer = await fetch(`${client.url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });
  return answer.status;
}

test.skipIf(!canBecomeNeighbour)(
  "of 50 openings of the page, another user who reads all arguments steals 0",
  async () => {
    const { home, client } = await startHome();
    await using _home = home;
    await using other = startNeighbour();
    await other.steal(client.url);
    const { PATH = "", HOME = "", AGENT_RUNNER_HOME = "" } = home.env;
    const env = { PATH, HOME, AGENT_RUNNER_HOME };
    const paths = resolvePaths({ env, platform: "linux", userHome: HOME });
    const openings = Array.from({ length: 49 }, async () =>
      openPage(paths, await createSignIn(client), (file) => openOnDesktop(file, env)),
    );
    const command = home.run("open");
    const opened = await waitFor("all are open", () => {
      const list = listOpened(home);
      return list.length === 50 && list;
    });
    await waitForLook(other);
    const answers = await Promise.all(opened.map((one) => redeem(one, client)));
    expect(answers).toEqual(opened.map(() => 200));
    home.write("end", "");
    await Promise.all(openings);
    expect((await command).stdout).toBe("The page is open in your browser.\n");
    const { codes, files, tokens } = await other.report();
    expect({ codes, files, tokens }).toEqual({ codes: [], files: 0, tokens: 0 });
    await waitFor("no file is left", () => readdirSync(paths.signIn).length === 0);
  },
);

test("what a killed daemon left of an opening is gone at the next start", async () => {
  const home = testHome();
  await using _home = home;
  home.configure("");
  const first = home.start();
  const paths = resolvePaths({
    env: home.env,
    platform: process.platform,
    userHome: home.file("user"),
  });
  await openPage(paths, await createSignIn(await home.connect()), async () => true);
  await first.end("SIGKILL");
  expect(readdirSync(paths.signIn)).toHaveLength(1);
  home.start();
  await waitFor("it is removed", () => readdirSync(paths.signIn).length === 0);
});
