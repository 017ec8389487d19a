import "./daemon/cli/check-runtime.js";
import { defineConfig } from "vitest/config";
import { closingLine } from "./test/closing-line.ts";

export default defineConfig({
  test: {
    reporters: ["default", closingLine],
    coverage: { provider: "v8", include: ["daemon/**", "tray/**"] },
    projects: [
      {
        test: {
          name: "unit",
          globalSetup: "test/helper/temporary-root.ts",
          setupFiles: ["test/helper/seed.ts", "test/helper/no-leftovers.ts"],
          include: ["test/**/*.test.ts"],
          exclude: ["test/process/**", "test/browser/**", "test/desktop/**"],
          // Files share a process, so that each module is loaded once; `no-leftovers.ts` keeps them apart.
          isolate: false,
          maxWorkers: "100%",
          pool: "forks",
          // Real files, sockets and fsyncs, on a machine that may be busy.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      {
        test: {
          name: "process",
          include: ["test/process/**/*.test.ts"],
          testTimeout: 120_000,
          // Each test starts real programs on a machine that may have two cores.
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: "desktop",
          include: ["test/desktop/**/*.test.ts"],
          testTimeout: 120_000,
          // Displays, panels and a pointer that moves.
          maxWorkers: 1,
        },
      },
    ],
  },
});
