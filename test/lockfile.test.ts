import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { installed, listDependencies, locked } from "./dependencies/list.ts";

test("the lock file names the binaries of every platform, or npm ci refuses it on the others", () => {
  const missing = Object.entries(locked).flatMap(([parent, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !(`node_modules/${name}` in locked))
      .map((name) => `${name}, wanted by ${parent}`),
  );
  expect(missing).toEqual([]);
});

test("the lock file names no registry", () => {
  const named = Object.values(locked).filter((entry) => entry.resolved !== undefined);
  expect(named).toEqual([]);
});

test("every package has its hash, also the binaries of other platforms", () => {
  const without = installed.filter(
    ([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""),
  );
  expect(without.map(([place]) => place)).toEqual([]);
});

// To add one, look at the package, and say in the commit what you saw.
// MPL-2.0: ical.js, whose licence asks for its own changes alone.
const LICENSES = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
  "MIT-0",
  "MPL-2.0",
];
// Only for development: argparse, a port of Python's.
const DEV_LICENSES = [...LICENSES, "PSF-2.0"];

test("every package has a licence that was looked at", () => {
  const others = installed.filter(
    ([, { license = "", dev }]) => !(dev ? DEV_LICENSES : LICENSES).includes(license),
  );
  expect(others.map(([place, { license }]) => `${place}: ${license}`)).toEqual([]);
});

test("no other package than those known has an install script", () => {
  const scripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(scripts.map(([place]) => place)).toMatchInlineSnapshot(`[]`);
});

const known = readFileSync(new URL("fixture/dependencies.txt", import.meta.url), "utf8");

test("the packages are those in test/fixture/dependencies.txt, each with version, licence and last release", () => {
  const lines = known.trimEnd().split("\n");
  // `npm run dependencies` renews it, after a look at the source and the maintainers of what is new.
  expect(lines.map((line) => line.replace(/, \d{4}-\d{2}-\d{2}$/, ""))).toEqual(
    listDependencies().map(({ line }) => line),
  );
  expect(lines.filter((line) => !/, \d{4}-\d{2}-\d{2}$/.test(line))).toEqual([]);
});
