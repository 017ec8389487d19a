import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";

const lockfile = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string().optional(),
        resolved: z.string().optional(),
        integrity: z.string().optional(),
        license: z.string().optional(),
        hasInstallScript: z.boolean().optional(),
        dev: z.boolean().optional(),
        optionalDependencies: z.record(z.string(), z.string()).optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")));

test("the lock file names the binaries of every platform, or npm ci refuses it on the others", () => {
  const missing = Object.entries(lockfile.packages).flatMap(([parent, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !(`node_modules/${name}` in lockfile.packages))
      .map((name) => `${name}, wanted by ${parent}`),
  );
  expect(missing).toEqual([]);
});

test("the lock file names no registry", () => {
  const named = Object.values(lockfile.packages).filter((entry) => entry.resolved !== undefined);
  expect(named).toEqual([]);
});

const installed = Object.entries(lockfile.packages).filter(([place]) => place !== "");

test("every package has its hash, also the binaries of other platforms", () => {
  const without = installed.filter(
    ([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""),
  );
  expect(without.map(([place]) => place)).toEqual([]);
});

// To add one, look at the package, and say in the commit what you saw.
const LICENSES = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
  "MIT-0",
];
// Only for development: lightningcss, whose licence asks for its own changes alone.
const DEV_LICENSES = [...LICENSES, "MPL-2.0"];

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

test("the packages are those in test/fixture/dependencies.txt, each with its version and licence", async () => {
  const list = installed
    .map(([place, { version, license, dev }]) => {
      const name = place.replace(/^node_modules\//, "");
      return `${name} ${version} ${license}${dev ? " (development)" : ""}`;
    })
    .toSorted();
  // Renew it with `-u`, after a look at the source, the maintainers and the last release of what is new.
  await expect(`${list.join("\n")}\n`).toMatchFileSnapshot("fixture/dependencies.txt");
});
