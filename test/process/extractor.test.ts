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
