import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openLogger } from "../../daemon/core/logger.ts";
import { testFolder } from "../helper/folder.ts";

test("a secret never stands in a line", () => {
  using folder = testFolder();
  const file = folder.file("logs/a.log");
  using logger = openLogger({ file, secrets: () => ["hunter22"] });
  logger.info({ key: "hunter22" }, "It is hunter22");
  expect(readFileSync(file, "utf8")).toMatch(/"key":"\[redacted\]".*"It is \[redacted\]"/u);
});

test.runIf(process.platform === "linux")("a full disk costs lines and nothing else", () => {
  using logger = openLogger({ file: "/dev/full", secrets: () => [] });
  expect(() => logger.error({}, "x".repeat(1000))).not.toThrow();
});
