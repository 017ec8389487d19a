import { spawn } from "node:child_process";
import { once } from "node:events";
import { pathToFileURL } from "node:url";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { testFolder } from "../helper/folder.ts";

const RUNTIME = pathToFileURL(path.resolve(import.meta.dirname, "../../daemon/cli/runtime.js"));

test.skipIf(process.platform === "win32").each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s that the launcher alone is sent reaches the program, whose exit code is the launcher's",
  async (signal) => {
    using folder = testFolder();
    const program = folder.write(
      "program.mjs",
      `process.on("${signal}", () => process.exit(7)); process.stdin.on("end", () => process.exit(1)).resume(); console.log("ready");`,
    );
    const launcher = folder.write(
      "launcher.mjs",
      `import { runOn } from "${RUNTIME.href}"; runOn(process.execPath, process.argv[2], []);`,
    );
    const child = spawn(process.execPath, [launcher, program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    // Ends both where the signal did not.
    onTestFinished(() => void child.stdin.end());
    const exit = once(child, "exit");
    await once(child.stdout, "data");
    child.kill(signal);
    expect(await exit).toEqual([7, null]);
  },
);
