import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { isCopying, testHome, waitFor } from "../helper/program.ts";

test.runIf(process.platform === "linux")(
  "a daemon that is killed while it copies leaves no backup that is half, and nobody who goes on copying",
  { timeout: 60_000 },
  async () => {
    await using home = testHome({ "in/a.md": "# A\n" });
    home.configure(`agents: [{ id: test, directories: [{ path: "${home.file("in")}" }] }]`);
    const daemon = home.start();
    const client = await home.connect();
    const asked = client.backUp().catch(() => undefined);
    await waitFor("it is copied", () => isCopying(home.file("")));
    await daemon.end("SIGKILL");
    await asked;
    await waitFor("the copying ends", () => !isCopying(home.file("")));
    home.start();
    await home.connect();
    expect(readdirSync(home.file("home/backups"))).toEqual([]);
  },
);
