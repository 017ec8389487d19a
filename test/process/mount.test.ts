import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import type { Client } from "../../daemon/client/client.ts";
import { expect, test } from "vitest";
import { LAUNCHER, testHome, waitFor, waitForRun } from "../helper/program.ts";

const UNSHARE = ["--mount", "--propagation", "private"];

/** Whether this user may mount something that only his own processes see. */
const mayMount =
  process.platform === "linux" &&
  spawnSync("unshare", [...UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;

const openTasks = async (client: Client): Promise<string[]> => {
  const { items } = await client.entities("task");
  return items
    .filter(({ status }) => status === "open")
    .map(({ title }) => title)
    .toSorted();
};

async function look(client: Client): Promise<void> {
  const { run_id } = await waitFor("no other run goes on", () =>
    client.trigger("test").catch(() => undefined),
  );
  await waitFor("the run ends", async () => (await client.run(run_id)).status !== "running");
}

test.skipIf(!mayMount)(
  "files on a file system below a directory are not gone while it is not mounted",
  async () => {
    await using home = testHome({ "in/local.md": "# Local\n\n- [ ] Stay\n" });
    const drive = home.file("in/drive");
    mkdirSync(drive);
    home.configure(
      `agents: [{ id: test, on_delete: retire, settle_seconds: 0, resettle_seconds: 0, directories: [{ path: "${home.file("in")}" }] }]`,
    );
    const begin = [
      'mount -t tmpfs none "$DRIVE"',
      'mkdir "$DRIVE/deep"',
      "printf '# Far\\n\\n- [ ] Far task\\n' > \"$DRIVE/far.md\"",
      "printf '# Deep\\n\\n- [ ] Deep task\\n' > \"$DRIVE/deep/deep.md\"",
      'exec "$NODE" "$LAUNCHER" start',
    ].join(" && ");
    const env = { ...home.env, DRIVE: drive, NODE: process.execPath, LAUNCHER };
    const child = spawn("unshare", [...UNSHARE, "sh", "-c", begin], { env, stdio: "ignore" });
    const ended = new Promise((resolve) => void child.once("exit", resolve));
    const inside = (...command: string[]): void => {
      execFileSync("nsenter", ["-t", String(child.pid), "-m", ...command]);
    };
    try {
      const client = await home.connect();
      await waitForRun(client, "test");
      await look(client);
      expect(await openTasks(client)).toEqual(["Deep task", "Far task", "Stay"]);
      expect(await client.verify()).toMatchObject({ complete: true });

      await waitFor("the drive is unmounted", () => {
        try {
          inside("umount", drive);
          return true;
        } catch {
          return false;
        }
      });
      await look(client);
      expect(await openTasks(client)).toEqual(["Deep task", "Far task", "Stay"]);
      const { complete, directories } = await client.verify();
      expect(complete).toBe(false);
      expect(directories[0]?.ignored).toEqual([{ path: drive, reason: "offline" }]);
      const { problems } = await client.status();
      expect(problems.filter(({ message }) => message.includes(drive))).toMatchObject([
        { code: "directory_missing", agent_id: "test" },
      ]);

      // Whoever puts a file there says that this is how the directory is now.
      home.write("in/drive/new.md", "# New\n\n- [ ] New task\n");
      await look(client);
      expect(await openTasks(client)).toEqual(["New task", "Stay"]);
      expect((await client.status()).problems).toEqual([]);
      expect(await client.verify()).toMatchObject({ complete: true });
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  },
);

test.skipIf(!mayMount)(
  "a home that a group may write to is refused by name where that cannot be changed",
  async () => {
    await using home = testHome();
    home.configure("");
    const config = home.file("home/config.yaml");
    chmodSync(config, 0o664);
    const fix = 'mount --bind "$CONFIG" "$CONFIG" && mount -o remount,bind,ro "$CONFIG"';
    const env = { ...home.env, CONFIG: config, NODE: process.execPath, LAUNCHER };
    const { status, stderr } = spawnSync(
      "unshare",
      [...UNSHARE, "sh", "-c", `${fix} && exec "$NODE" "$LAUNCHER" status`],
      { env, encoding: "utf8" },
    );
    expect(stderr).toContain(`A group may write to ${config} (mode 664)`);
    expect(stderr).toContain(`chmod g-w ${config}`);
    expect(status).toBe(2);
  },
);
