import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { findExtractors } from "../helper/extractor-pids.ts";
import { testHome, waitFor, waitForRun } from "../helper/program.ts";

test.each<NodeJS.Signals>(["SIGTERM", "SIGKILL"])(
  "the process that reads documents ends with the daemon, however that ends (%s)",
  async (signal) => {
    await using home = testHome({ "in/page.html": "<h1>Plan</h1><p>Call Ann." });
    home.configure(
      `agents: [{ id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }]`,
    );
    const program = home.start();
    expect(await waitForRun(await home.connect(), "test")).toMatchObject({ status: "success" });
    const [extractor] = findExtractors(program.child.pid ?? 0);
    expect(extractor).toBeGreaterThan(0);
    await program.end(signal);
    await waitFor("the process is gone", () => !existsSync(`/proc/${extractor}`));
  },
);

test.skipIf(process.platform === "win32")(
  "no signal makes the daemon open its debugger",
  async () => {
    await using home = testHome({ "in/page.html": "<h1>Plan</h1><p>Call Ann." });
    home.configure(
      `agents: [{ id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }]`,
    );
    const program = home.start();
    const client = await home.connect();
    await waitForRun(client, "test");
    const { pid } = program.child;
    for (const each of [pid ?? 0, ...findExtractors(pid ?? 0)]) process.kill(each, "SIGUSR1");
    expect(await client.health()).toMatchObject({ version: expect.any(String) });
    await program.end("SIGTERM");
    expect(program.output()).toContain("Agent Runner is running");
    expect(program.output()).not.toContain("Debugger");
  },
);
