import type { Reporter, TestModule } from "vitest/node";

/** Prints the whole run as one plain line, "N passed, N failed, N skipped", after vitest's own summary. */
export const closingLine: Reporter = {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors) {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      if (module.state() === "failed" && module.children.size === 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== "pending") count[state] += 1;
      }
    }
    process.once("exit", () =>
      console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`),
    );
  },
};
